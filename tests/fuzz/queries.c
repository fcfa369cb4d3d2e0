/* Files of --queries, filled. */
#include "fuzz.h"

#include "collect/queries.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QueryArg values[] = {
        {"domain", "DC=a"}, {"names", "(cn=x)"}, {"config", "CN=c"}, {NULL, NULL}};
    g_autofree char *text = g_strndup((const char *)data, size);
    Query query = {0};
    GError *error = NULL;
    bool good = query_parse("f.ldap", text, "domain names config", &query, &error);
    fuzz_settle(good, error);
    if (!good)
        return 0;
    g_free(query_fill(query.base, values));
    g_free(query_fill(query.filter, values));
    query_clear(&query);
    return 0;
}
