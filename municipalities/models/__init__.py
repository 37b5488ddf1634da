from municipalities.models.boundaries import Boundary, CountryOutline
from municipalities.models.divisions import Authority, AuthorityMembership, RegionMembership
from municipalities.models.population import OLDEST, PopulationCell
from municipalities.models.register import (
    Country,
    LanguageStatus,
    Municipality,
    MunicipalityAlias,
    PointBasis,
    Region,
)

__all__ = [
    "OLDEST",
    "Authority",
    "AuthorityMembership",
    "Boundary",
    "Country",
    "CountryOutline",
    "LanguageStatus",
    "Municipality",
    "MunicipalityAlias",
    "PointBasis",
    "PopulationCell",
    "Region",
    "RegionMembership",
]
