"""Samba's own access check, as its Python bindings have it and as its KDC calls it."""

import ctypes

from samba import NTSTATUSError, security
from samba.dcerpc import security as types
from samba.ndr import ndr_unpack

CONTROL_ACCESS = 0x100
ACCESS_DENIED = 0xC0000022


def _loaded(stem):
    """The path of a library that Python has loaded already, such as libsamba-security-private-samba.so.0."""
    with open("/proc/self/maps") as maps:
        return next((line.split()[-1] for line in maps if f"/{stem}" in line), None)


def _kdc_function():
    """sec_access_check_ds, which samba_kdc_check_s4u2proxy_rbcd (source4/kdc/pac-glue.c) calls. It has no binding: the
    library has it beside se_access_check, which has one. None where it is not to be found."""
    security_library, talloc_library = _loaded("libsamba-security"), _loaded("libpytalloc-util")
    if not security_library or not talloc_library:
        return None
    function = getattr(ctypes.CDLL(security_library), "sec_access_check_ds", None)
    pointer = getattr(ctypes.PyDLL(talloc_library), "_pytalloc_get_ptr", None)
    if function is None or pointer is None:
        return None
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object]
    function.restype = ctypes.c_uint32
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p,
                         ctypes.c_void_p]

    def check(descriptor, token):
        granted = ctypes.c_uint32()
        # No object tree and nobody to stand for SELF, as the KDC calls it.
        status = function(pointer(descriptor), pointer(token), CONTROL_ACCESS, ctypes.byref(granted), None, None)
        assert status in (0, ACCESS_DENIED), hex(status)
        return status == 0

    return check


kdc_check = _kdc_function()


def plain_check(descriptor, token):
    """se_access_check: what guards files and services."""
    try:
        security.access_check(descriptor, token, CONTROL_ACCESS)
    except NTSTATUSError as error:
        assert error.args[0] == ACCESS_DENIED, error
        return False
    return True


def token_of(sids):
    token = types.token()
    token.sids = [types.dom_sid(sid) for sid in sids]
    token.num_sids = len(sids)
    return token


def parse(blob):
    """None where Samba's NDR refuses it."""
    try:
        return ndr_unpack(types.descriptor, bytes(blob), allow_remaining=True)
    except RuntimeError:
        return None
