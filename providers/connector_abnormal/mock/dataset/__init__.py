"""Generated mail of the emulated vendor: any day, always the same.

Every person, company and address is invented; domains are reserved names and network addresses are
from the documentation ranges.
"""

from .generated import DATASETS, Dataset, Generated
from .people import INVENTED

__all__ = ["DATASETS", "INVENTED", "Dataset", "Generated"]
