/*
 * report.c - the figures of a trained critic as JSON.
 */
#include "critics/linear/report.h"

static struct json *report_of_group(const struct crux_measured *measured)
{
    struct json *out = json_new_object();

    json_put(out, "group", json_of_string(measured->group));
    json_put_count(out, "rows", measured->rows);
    json_put_count(out, "problems", measured->problems);
    json_put(out, "accuracy", json_of_real(measured->accuracy));
    json_put(out, "accuracy_low", json_of_real(measured->accuracy_low));
    json_put(out, "accuracy_high", json_of_real(measured->accuracy_high));
    json_put(out, "calibration_error", json_of_real(measured->error));
    json_put(out, "calibration_error_low", json_of_real(measured->error_low));
    json_put(out, "calibration_error_high", json_of_real(measured->error_high));
    return out;
}

void linear_report_put(struct json *out, const struct crux_trained *trained)
{
    struct json *held = json_new_array();

    json_put_count(out, "problems", trained->problems);
    json_put_count(out, "rows", trained->rows);
    for (uint32_t i = 0; i < trained->measured_count; i++)
        json_add(held, report_of_group(&trained->measured[i]));
    json_put(out, "held_out", held);
}

static struct json *report_of(const struct crux_trained *trained)
{
    struct json *out = json_new_object();

    json_put_count(out, "trees", trained->trees);
    linear_report_put(out, trained);
    return out;
}

static char *report_text(struct json *report)
{
    char *text = json_text(report, true);

    json_free(report);
    return text;
}

char *crux_trained_json(const struct crux_trained *trained)
{
    return report_text(report_of(trained));
}

char *crux_trained_critics_json(const struct crux_trained_critic all[CRUX_PLAN_CRITICS])
{
    struct json *out = json_new_object(), *written = json_new_object(), *left = json_new_object();

    for (size_t i = 0; i < CRUX_PLAN_CRITICS; i++)
        if (all[i].written)
            json_put(written, all[i].file, report_of(&all[i].trained));
        else
            json_put(left, all[i].file, json_of_string(all[i].why.text));
    json_put(out, "written", written);
    json_put(out, "left_out", left);
    return report_text(out);
}
