"""What may leave a pair unknown although everything was readable: each by the condition that says so.

One row per thing that no specification settles, or that only a KDC sees. An unknown pair of an administrator that names
none of them is counted as "unknown without need".
"""

import re

REASONS = [
    ("conditional ACE", r"the condition of ACE \d+ .* holds, which only a KDC evaluates"),
    ("object ACE without an object", r"an object ACE without an object"),
    ("ACE of an unknown type", r"applies, whose type \(\d+\) is not known"),
    ("generic right", r"takes the generic right of ACE \d+ "),
    ("descriptor without owner", r"refuses a descriptor without an owner"),
    ("descriptor without access list", r"takes a descriptor without an access list for no grant"),
    ("Claims Valid in the token", r"puts Claims Valid "),
    ("This Organization in the token", r"puts This Organization "),
    ("Network in the token", r"a member of Network .* which Samba does and Windows does not"),
    ("local group of Everyone or Authenticated Users", r"by way of Everyone or Authenticated Users, as Windows does"),
    ("no encryption types announced", r"announces no encryption types\b"),
    ("AES session keys", r"\(?AES256-SK\)?"),
    ("flags for encryption types", r"announces flags and no encryption type"),
    ("policy, for a user whose ticket was forwarded", r"gives one to a user whose ticket was forwarded is not known"),
    ("what the machine of a service account offers", r"what the machine that it runs on offers is not visible"),
    ("SID history", r"in its sIDHistory, into the ticket, as Windows does and Samba does not"),
    ("policy, for whoever asks", r"is not known: .* says whom it lets in"),
    ("policy of a managed account", r"it is a managed account, which Windows takes for a service"),
    ("blanks or accents in the list", r"in other blanks, accents"),
]


def labels(reasons):
    """Those rows that the reasons name, by their labels."""
    return {label for label, pattern in REASONS if any(re.search(pattern, reason) for reason in reasons)}
