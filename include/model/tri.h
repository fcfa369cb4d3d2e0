/* What is known of a yes-or-no question, where the answer may not have been read. */
#ifndef MODEL_TRI_H
#define MODEL_TRI_H

/* Compare it: TRI_UNKNOWN is neither. */
typedef enum { TRI_NO, TRI_YES, TRI_UNKNOWN } Tri;

#endif
