import sys

from embedded.epcis import main

sys.exit(main())
