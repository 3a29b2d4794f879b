{% include "serial_tracking/public/js/stock_voucher.js" %}

serial_tracking.voucher.bind("Delivery Note", {
	rows: "Delivery Note Item",
	party: "customer",
	stock_qty: "stock_qty",
	rate: "rate",
	warehouses: { set_warehouse: "warehouse" },
	is_inward: () => false,
});
