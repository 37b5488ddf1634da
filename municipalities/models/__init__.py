from municipalities.models.register import (
    Country,
    LanguageStatus,
    Municipality,
    MunicipalityAlias,
    PointBasis,
    Region,
)

__all__ = ["Country", "LanguageStatus", "Municipality", "MunicipalityAlias", "PointBasis", "Region"]
