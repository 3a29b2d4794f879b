"""One exception class for each rule (DOMAIN 6). All answer HTTP 417 over REST."""

import frappe


class SerialTrackingError(frappe.ValidationError):
	"""What all refusals of this app have in common."""


class SerialNoCannotCreateDirectError(SerialTrackingError):
	"""A Serial No made by hand names a warehouse."""


class SerialNoCannotChangeError(SerialTrackingError):
	"""A field that the ledger decides was changed by hand."""


class ItemNotActiveError(SerialTrackingError):
	"""The item is disabled, not a stock item, or past its end of life on the posting date."""


class FuturePostingError(SerialTrackingError):
	"""The posting date and time lie in the future."""


class StockFrozenError(SerialTrackingError):
	"""The posting date lies in a closed period and the user lacks the role for it."""


class UOMMustBeIntegerError(SerialTrackingError):
	"""A fraction of a unit of measure that must be whole."""


class InvalidQuantityError(SerialTrackingError):
	"""The quantity of an item without serials is zero or negative."""


class SerialNoFormatError(SerialTrackingError):
	"""Bad characters, a number too long, a broken range or GS1 string."""


class SerialNoLimitError(SerialTrackingError):
	"""More units than one voucher may carry."""


class SerialNoNotRequiredError(SerialTrackingError):
	"""Serial numbers on a row of an item without serials."""


class SerialNoRequiredError(SerialTrackingError):
	"""No serial numbers where they are needed."""


class SerialNoQtyError(SerialTrackingError):
	"""The quantity is not whole, not positive, or not the count of the serial numbers."""


class SerialNoDuplicateError(SerialTrackingError):
	"""The same unit twice in a voucher, or a unit that comes in while it is in a warehouse."""


class SerialNoItemError(SerialTrackingError):
	"""The serial number belongs to another item."""


class SerialNoNotExistsError(SerialTrackingError):
	"""An outward row names a number that nobody has recorded."""


class SerialNoReturnError(SerialTrackingError):
	"""A return of a unit that did not go out (come in) on its document, or was returned since."""


class ReturnQuantityError(SerialTrackingError):
	"""More of an item without serials is returned than its document moved and was not yet returned."""


class SerialNoInvoiceError(SerialTrackingError):
	"""An invoice names a unit that its Delivery Note did not deliver, that is back, or is invoiced already."""


class SerialNoAmbiguousError(SerialTrackingError):
	"""A number that two items bear, asked for without its item."""


class SerialNoWarehouseError(SerialTrackingError):
	"""An outward row names a unit that is not in its warehouse."""


class SerialNoNotAvailableError(SerialTrackingError):
	"""The unit is in the warehouse, but its status forbids the move."""


class SerialNoExistsInFutureTransactionError(SerialTrackingError):
	"""The unit has moved at a later time."""


class NegativeStockError(SerialTrackingError):
	"""The stock of an item without serials would go below zero."""


class SerialNoSeriesError(SerialTrackingError):
	"""The series is invalid, shares another item's prefix, or has a token without a value."""


class MaintenanceOverlapError(SerialTrackingError):
	"""Two service contracts of one unit overlap."""


class MaintenanceScheduleError(SerialTrackingError):
	"""The dates, the periodicity and the number of visits of a schedule do not fit together."""


class HolidayListError(SerialTrackingError):
	"""A holiday list ends before it begins, names a day twice or outside its dates, or a country that is not known."""


class MaintenanceVisitError(SerialTrackingError):
	"""A visit names a unit, a schedule or a claim that it cannot be for."""


class WarrantyClaimError(SerialTrackingError):
	"""A claim cannot be changed so, or its unit cannot be replaced."""


class InvalidWarehouseError(SerialTrackingError):
	"""A row's warehouse is missing, a group, disabled, or the same at both ends."""


class UOMConversionError(SerialTrackingError):
	"""The item has no conversion factor for the row's unit of measure."""


class OpeningStockError(SerialTrackingError):
	"""A file of opening stock cannot be read, or has a line that cannot be filled in."""


class MergeNotAllowedError(SerialTrackingError):
	"""Merging would mix the ledgers of two records, or a Serial No was to be renamed."""


class DocTypeConflictError(SerialTrackingError):
	"""Another app has a DocType of the same name."""


class RecallLetterError(SerialTrackingError):
	"""A letter of a recall cannot be written or sent: nobody to write to, no address, or a template that fails."""


class RecallLetterSentError(SerialTrackingError):
	"""Some of the customers have got a letter of this recall already."""

	http_status_code = 409


class StockBusyError(SerialTrackingError):
	"""Another user holds the same units or series, and the database ended the request."""

	http_status_code = 409


class SubmitQueuedError(SerialTrackingError):
	"""A job in the background queue is to submit this voucher."""

	http_status_code = 409


class StorageFullError(SerialTrackingError):
	"""The database has no room left for what was to be posted."""

	http_status_code = 507
