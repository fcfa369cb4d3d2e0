/* SARIF 2.1.0 (OASIS) for code-scanning boards.  A finding is about an account and not
 * about a line of a file: its place is a logical one, and an artifact of its name, since
 * boards show nothing without one. */
#include "formats.h"

#include "audit/rules.h"
#include "base/text.h"
#include "commands.h"
#include "render/frameworks.h"
#include "render/gaps.h"
#include "render/tree.h"

#include <string.h>

#define SCHEMA_URI                                                        \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
    "sarif-schema-2.1.0.json"

/* By severity: SARIF's levels, and the numbers by which boards sort (CVSS' scale). */
static const struct {
    const char *level, *security;
} levels[SEVERITY_COUNT] = {
    [SEVERITY_INFO] = {"note", "1.0"},
    [SEVERITY_WARNING] = {"warning", "5.0"},
    [SEVERITY_ERROR] = {"error", "7.5"},
    [SEVERITY_CRITICAL] = {"error", "9.5"},
};

static json_t *
message(const char *text)
{
    json_t *object = json_object();
    tree_put_text(object, "text", text && *text ? text : "-");
    return object;
}

static json_t *
rule_json(const Rule *rule)
{
    json_t *relationships = frameworks_relationships((RuleId)(rule - rules));
    json_t *object = json_object(), *configuration = json_object(),
           *properties = json_object();
    tree_put_text(object, "id", rule->id);
    tree_put_text(object, "name", rule->slug);
    tree_put(object, "shortDescription", message(rule->title));
    tree_put_text(configuration, "level", levels[rule->severity].level);
    tree_put(object, "defaultConfiguration", configuration);
    tree_put_text(properties, "security-severity", levels[rule->severity].security);
    tree_put(object, "properties", properties);
    if (relationships)
        tree_put(object, "relationships", relationships);
    return object;
}

static json_t *
driver_json(const Report *report)
{
    json_t *driver = json_object(), *list = json_array();
    tree_put_text(driver, "name", "kcdaudit");
    tree_put_text(driver, "version", report->tool_version);
    for (guint id = 0; id < RULE_COUNT; id++)
        json_array_append_new(list, rule_json(&rules[id]));
    tree_put(driver, "rules", list);
    return driver;
}

static json_t *
place_json(const Finding *finding, const char *domain)
{
    const char *subject = *finding->subject ? finding->subject : domain;
    g_autofree char *full = g_strdup_printf("%s/%s", domain, subject);
    g_autofree char *valid = g_utf8_make_valid(full, -1);
    g_autofree char *uri = g_uri_escape_string(valid, "/", false);
    json_t *place = json_object(), *physical = json_object(), *artifact = json_object(),
           *region = json_object(), *logical = json_object(), *all = json_array(),
           *logicals = json_array();
    tree_put_text(artifact, "uri", uri);
    tree_put(physical, "artifactLocation", artifact);
    tree_put_count(region, "startLine", 1);
    tree_put(physical, "region", region);
    tree_put(place, "physicalLocation", physical);
    tree_put_text(logical, "name", subject);
    tree_put_text(logical, "fullyQualifiedName", full);
    tree_put_text(logical, "kind", "resource");
    json_array_append_new(logicals, logical);
    tree_put(place, "logicalLocations", logicals);
    json_array_append_new(all, place);
    return all;
}

static json_t *
suppressions_json(const Finding *finding)
{
    g_autofree char *waiver = commands_waiver(finding);
    json_t *list = json_array(), *suppression = json_object();
    tree_put_text(suppression, "kind", "external");
    tree_put_text(suppression, "justification", waiver);
    json_array_append_new(list, suppression);
    return list;
}

/* What is not determined is "open", which has no level (SARIF 3.27.9). */
static json_t *
result_json(const FindingGroup *group, const char *domain)
{
    const Finding *finding = group->first;
    bool unknown = finding->status == STATUS_UNKNOWN;
    g_autofree char *text =
        g_strdup_printf("%s%s%s: %s", group->title, group->target ? " -> " : "",
                        group->target ? group->target : "", group->detail);
    json_t *result = json_object(), *prints = json_object();
    json_t *properties = render_finding(group);
    tree_put_text(result, "ruleId", rule_name(finding->rule));
    tree_put_count(result, "ruleIndex", finding->rule);
    tree_put_text(result, "kind", unknown ? "open" : "fail");
    tree_put_text(result, "level", unknown ? "none" : levels[finding->severity].level);
    tree_put(result, "message", message(text));
    tree_put(result, "locations", place_json(finding, domain));
    tree_put_text(prints, "kcdauditFinding/v1", group->id);
    tree_put(result, "partialFingerprints", prints);
    if (finding->waived)
        tree_put(result, "suppressions", suppressions_json(finding));
    tree_put(result, "properties", properties);
    return result;
}

static json_t *
notification(const Gap *gap)
{
    g_autofree char *text = g_strdup_printf("%s: %s", gap->what, gap->why);
    json_t *object = json_object();
    tree_put_text(object, "level", "warning");
    tree_put(object, "message", message(text));
    return object;
}

static json_t *
invocation_json(const Report *report)
{
    g_autofree char *time = text_time(report->started_us);
    g_autoptr(GPtrArray) gaps = gaps_of(report->audit);
    json_t *invocation = json_object(), *notes = json_array(), *list = json_array();
    tree_put(invocation, "executionSuccessful", json_true());
    tree_put_text(invocation, "startTimeUtc", time);
    for (guint i = 0; i < gaps->len; i++)
        json_array_append_new(notes, notification(gaps->pdata[i]));
    tree_put(invocation, "toolExecutionNotifications", notes);
    json_array_append_new(list, invocation);
    return list;
}

/* Its name as a URI reference (transfer full). */
static char *
uri_of(const char *path)
{
    char *absolute =
        g_path_is_absolute(path) ? g_filename_to_uri(path, NULL, NULL) : NULL;
    return absolute ? absolute : g_uri_escape_string(path, "/", false);
}

static json_t *
location_json(const char *uri)
{
    json_t *location = json_object();
    tree_put_text(location, "uri", uri);
    return location;
}

/* The files that were read, so that whoever has them can tell that they are the same. */
static void
add_artifacts(const Origin *origin, json_t *list)
{
    for (guint i = 0; i < origin->files->len; i++) {
        const OriginFile *file = origin->files->pdata[i];
        bool input = strcmp(file->path, "-") == 0;
        g_autofree char *uri = uri_of(file->path);
        json_t *artifact = json_object(), *hashes = json_object(), *roles = json_array();
        tree_put(artifact, input ? "description" : "location",
                 input ? message("standard input") : location_json(uri));
        tree_put(artifact, "length", json_integer((json_int_t)file->bytes));
        tree_put_text(hashes, "sha-256", file->sha256);
        tree_put(artifact, "hashes", hashes);
        json_array_append_new(roles,
                              json_string(input ? "standardStream" : "analysisTarget"));
        tree_put(artifact, "roles", roles);
        json_array_append_new(list, artifact);
    }
}

/* A member of the run. */
static void
write_member(GString *out, const char *key, json_t *value)
{
    g_string_append_printf(out, "      \"%s\": ", key);
    tree_write(out, value, 3);
    g_string_append(out, ",\n");
}

static void
write_sources(GString *out, const Report *report)
{
    const GPtrArray *origins = report->audit->estate->origins;
    json_t *artifacts = json_array(), *properties = json_object();
    for (guint i = 0; i < origins->len; i++)
        add_artifacts(origins->pdata[i], artifacts);
    write_member(out, "artifacts", artifacts);
    tree_put(properties, "sources", render_sources(report));
    if (report->shown)
        tree_put_count(properties, "hidden", report->shown->hidden);
    write_member(out, "properties", properties);
}

/* A result a line: there may be many, and none is to stand in memory with the others. */
static void
write_results(GString *out, const Report *report, const char *domain)
{
    g_autoptr(GPtrArray) findings = report_groups(report);
    g_string_append(out, "      \"results\": [");
    for (guint i = 0; i < findings->len; i++) {
        g_string_append_printf(out, "%s\n        ", i > 0 ? "," : "");
        tree_write_line(out, result_json(findings->pdata[i], domain));
        report_flow(report, out);
    }
    g_string_append(out, findings->len > 0 ? "\n      ]\n" : "]\n");
}

void
render_sarif(const Report *report, GString *out)
{
    const Audit *audit = report->audit;
    const char *domain = audit->estate->domain ? audit->estate->domain : "domain";
    json_t *tool = json_object(), *details = json_object();
    g_autofree char *category = g_strdup_printf("kcdaudit/%s/", domain);
    tree_put(tool, "driver", driver_json(report));
    tree_put_text(details, "id", category);
    g_string_append(out, "{\n  \"$schema\": \"" SCHEMA_URI "\",\n"
                         "  \"version\": \"2.1.0\",\n  \"runs\": [\n    {\n");
    write_member(out, "tool", tool);
    write_member(out, "taxonomies", frameworks_taxonomies());
    write_member(out, "automationDetails", details);
    write_member(out, "invocations", invocation_json(report));
    write_sources(out, report);
    write_results(out, report, domain);
    g_string_append(out, "    }\n  ]\n}\n");
}
