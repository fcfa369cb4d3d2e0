/* A connection to a KDC that is kept from one request to the next: one per thread. */
#ifndef TICKET_WIRE_H
#define TICKET_WIRE_H

#include "ticket/kdcs.h"

#include <krb5.h>
#include <stdbool.h>

typedef struct Wire Wire;

/* Who sends by it. */
typedef struct {
    /* Every reply, whoever received it. */
    void (*seen)(krb5_context context, const krb5_data *reply, void *data);
    /* Whether somebody still waits for the answer. */
    bool (*wanted)(void *data);
    void *data;
} WireUser;

Wire *
wire_new(Kdcs *kdcs);

/* (transfer none) */
Kdcs *
wire_kdcs(const Wire *wire);

void
wire_free(Wire *wire);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Wire, wire_free)

/* From here on, what `context` has to say to KDCs goes by this wire, and by libkrb5's own
 * means where the wire cannot serve.  Until wire_detach; one context at a time. */
void
wire_attach(Wire *wire, krb5_context context, const WireUser *user);

void
wire_detach(Wire *wire, krb5_context context);

/* Waits until the next request may go out.  False: nobody waits for it any more. */
bool
wire_turn(Wire *wire);

/* Whether the last request ended because of the time it took. */
bool
wire_is_late(const Wire *wire);

/* Whether the code with which libkrb5 ended the last request means that a KDC did not
 * answer. */
bool
wire_is_down(const Wire *wire, krb5_error_code code);

/* Whether it means that all did, and referred to one another. */
bool
wire_is_circle(const Wire *wire, krb5_error_code code);

#endif
