"""The version, in this one place: the build reads it from here, and so does ``glassnet.__version__``."""

__version__ = "0.1.0"
