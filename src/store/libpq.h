/* libpq, loaded by the first that asks for it.
 *
 * With OpenSSL behind it it takes a quarter of the time in which the program starts, and
 * only a history on a server needs it. */
#ifndef STORE_LIBPQ_H
#define STORE_LIBPQ_H

#include <glib.h>
#include <libpq-fe.h>
#include <stdbool.h>

/* What is called of it, as libpq.NAME. */
#define LIBPQ_FUNCTIONS(X)  \
    X(PQclear)              \
    X(PQconndefaults)       \
    X(PQconnectPoll)        \
    X(PQconnectStartParams) \
    X(PQconninfoFree)       \
    X(PQconninfoParse)      \
    X(PQenterPipelineMode)  \
    X(PQerrorMessage)       \
    X(PQexec)               \
    X(PQexecPrepared)       \
    X(PQexitPipelineMode)   \
    X(PQfinish)             \
    X(PQfreemem)            \
    X(PQftype)              \
    X(PQgetResult)          \
    X(PQgetisnull)          \
    X(PQgetvalue)           \
    X(PQgssEncInUse)        \
    X(PQhost)               \
    X(PQntuples)            \
    X(PQpipelineSync)       \
    X(PQprepare)            \
    X(PQresultErrorField)   \
    X(PQresultStatus)       \
    X(PQsendQueryPrepared)  \
    X(PQsetErrorVerbosity)  \
    X(PQsetNoticeReceiver)  \
    X(PQsocket)             \
    X(PQsslInUse)           \
    X(PQstatus)

typedef struct {
#define LIBPQ_FIELD(name) __typeof__(name) *name;
    LIBPQ_FUNCTIONS(LIBPQ_FIELD)
#undef LIBPQ_FIELD
} Libpq;
extern Libpq libpq;

/* Before any call, on the main thread; again it does nothing.  FAULT_CONFIG: it is not
 * there, or lacks something. */
bool
libpq_load(GError **error);

#endif
