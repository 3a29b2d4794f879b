{% include "serial_tracking/public/js/stock_voucher.js" %}

serial_tracking.voucher.bind("Purchase Receipt", {
	rows: "Purchase Receipt Item",
	party: "supplier",
	stock_qty: "stock_qty",
	rate: "rate",
	warehouses: { set_warehouse: "warehouse" },
	is_inward: () => true,
});
