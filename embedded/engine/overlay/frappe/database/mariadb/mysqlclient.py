"""The PyMySQL driver under the name of the one that compiles against system headers, which is not installed."""

from frappe.database.mariadb.database import *
from frappe.database.mariadb.database import MariaDBDatabase, MariaDBExceptionUtil
