"""Facts about models that kernel density estimates of response times need."""

from __future__ import annotations

__all__ = ["KDE_NO_DISPLACE_T"]

#: Models whose non-decision time varies from trial to trial, so that response times cannot be
#: shifted back by it before a density is estimated.
KDE_NO_DISPLACE_T: list[str] = [
    "full_ddm_rv",
    "full_ddm",
    "full_ddm2",
    "ddm_st",
    "ddm_normal_st",
    "ddm_truncnormt",
    "ddm_rayleight",
]
