/* What is known of a yes-or-no question. */
#ifndef MODEL_TRI_H
#define MODEL_TRI_H

typedef enum { TRI_NO, TRI_YES, TRI_UNKNOWN } Tri;

#endif
