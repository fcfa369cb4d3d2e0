/* What people paste of an error. */
#include "fuzz.h"

#include "diagnose/diagnosis.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Errors *errors;
    Input *input = NULL;
    GError *error = NULL;

    MUST(errors || errors_load(NULL, &errors, NULL));
    bool good = input_read((const char *)data, size, &input, &error);
    fuzz_settle(good, error);
    if (!good)
        return 0;
    MUST(g_utf8_validate(input->text, -1, NULL) &&
         g_utf8_validate(input->plain, -1, NULL));
    Diagnosis *diagnosis = diagnosis_new(errors, input);
    diagnosis_free(diagnosis);
    input_free(input);
    return 0;
}
