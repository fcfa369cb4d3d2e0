"""Six Hyper-V hosts in two partner groups. HV01 and HV02 are right. HV03 to HV06 are a mesh in which every second pair
fails, for the reasons that are met in the field."""

import estate


def build(e):
    servers = e.ou("Hyper-V")
    services = e.ou("Service Accounts")

    e.host("HV01", ou=servers, delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", ou=servers, delegate_to=["HV01"], t2a4d=True)

    # VMMS could not register its SPN (event 14050): nobody can migrate to HV03. To HV04 only short names were entered.
    classes = [c for c in estate.HYPERV_CLASSES if c != estate.MIGRATION]
    e.host("HV03", ou=servers, t2a4d=True, spns=e.spns("HV03", classes),
           delegate_to=["cifs/HV04", f"{estate.MIGRATION}/HV04", "HV05", "HV06"])

    # The way from HV04 to HV05 was forgotten, and a host that is long gone was not.
    e.host("HV04", ou=servers, t2a4d=True, delegate_to=["HV03", "HV06", "HV99"])

    # "Use Kerberos only", as for Windows Server 2012 R2: works only while the operator is logged on at HV05.
    e.host("HV05", ou=servers, t2a4d=False, delegate_to=["HV03", "HV04", "HV06"])

    # Right in itself, but an old service account holds its Migration SPN as well, so the KDC knows neither.
    e.host("HV06", ou=servers, t2a4d=True, delegate_to=["HV03", "HV04", "HV05"])
    e.user("svc-vmm-old", ou=services, spns=["SCVMM/vmm01.contoso.test"])
    e.raw_spn("svc-vmm-old", f"{estate.MIGRATION}/HV06")

    for number in range(1, 7):
        e.scp(f"HV0{number}")

    e.user("alice")
    e.group("Hyper-V Admins", members=["alice"])
    e.user("audit")
