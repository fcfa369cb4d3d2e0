/* Lists that a table or a script wrote as one value, or in quotation marks. */
#ifndef COLLECT_JOINED_H
#define COLLECT_JOINED_H

#include "entry.h"
#include "model/account.h"

/* Why a list of SPNs or DNs cannot be taken as the directory's, where a value of it holds
 * several, or stands for them; NULL: it can. */
const char *
joined_trouble(AttrId attr, const EntryAttribute *attribute);

#endif
