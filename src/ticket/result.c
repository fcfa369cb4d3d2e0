/* Frees a result. */
#include "ticket/result.h"

void
ticket_result_free(TicketResult *result)
{
    if (result == NULL) {
        return;
    }
    g_free(result->spn);
    g_free(result->error);
    g_free(result->server);
    g_free(result);
}
