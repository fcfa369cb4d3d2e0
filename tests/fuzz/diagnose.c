/* What people paste of an error. */
#include "fuzz.h"

#include "diagnose/diagnosis.h"

#define PARTS 8

/* Every eighth entry of the table: each input is compared with one part, which it says.
 */
static const Errors *
part(guint number)
{
    static Errors parts[PARTS];
    static Errors *errors;

    if (errors)
        return &parts[number];
    MUST(errors_load(NULL, &errors, NULL));
    for (guint i = 0; i < PARTS; i++) {
        parts[i] = *errors;
        parts[i].entries = g_ptr_array_new();
    }
    for (guint i = 0; i < errors->entries->len; i++)
        g_ptr_array_add(parts[i % PARTS].entries, errors->entries->pdata[i]);
    return &parts[number];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input *input = NULL;
    GError *error = NULL;

    bool good = input_read((const char *)data, size, &input, &error);
    fuzz_settle(good, error);
    if (!good)
        return 0;
    MUST(g_utf8_validate(input->text, -1, NULL) &&
         g_utf8_validate(input->plain, -1, NULL));
    Diagnosis *diagnosis = diagnosis_new(part(fuzz_sum(data, size) % PARTS), input);
    diagnosis_free(diagnosis);
    input_free(input);
    return 0;
}
