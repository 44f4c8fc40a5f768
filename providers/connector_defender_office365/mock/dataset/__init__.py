"""Generated data of the embedded tenant: seven tables, any day, always the same.

Every person, company and address is invented; domains are reserved names and network addresses are
from the documentation ranges.
"""

from .day import rows_of_day
from .people import INVENTED
from .today import DATASETS, Dataset

__all__ = ["DATASETS", "INVENTED", "Dataset", "rows_of_day"]
