package io.ferry.camel;

import java.text.ParseException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.camel.Endpoint;
import org.apache.camel.support.ScheduledPollEndpoint;
import org.quartz.CronExpression;

/** The cron expression of an endpoint that polls. Camel and Quartz would only refuse a wrong one once the route starts, and at length. */
final class CronTimes {

    private static final List<String> DAYS = List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN");
    private static final String EXAMPLE = "0 0 2 * * ?";
    /** A day of the week as crontab writes it, and not the step behind a slash. */
    private static final Pattern DAY = Pattern.compile("(?<![/\\w])[0-7]\\b");

    private CronTimes() {}

    /**
     * Looks at an endpoint's {@code scheduler.cron}, which the templates call {@code cron}.
     *
     * @throws IllegalArgumentException where it is no expression of Quartz, or goes without {@code scheduler=quartz}
     */
    static void check(Endpoint endpoint) {
        if (!(endpoint instanceof ScheduledPollEndpoint polled)
                || polled.getSchedulerProperties() == null
                || !(polled.getSchedulerProperties().get("cron") instanceof String cron)
                || cron.startsWith("#")) {
            // What refers to a bean is only known to Camel.
            return;
        }
        Object scheduler = polled.getScheduler();
        if (scheduler == null || scheduler.equals("none")) {
            throw new IllegalArgumentException("cron=" + cron
                    + " (scheduler.cron in an endpoint) needs scheduler=quartz beside it. Add that, or leave cron out");
        }
        if (scheduler.equals("quartz")
                || scheduler.getClass().getName().startsWith("org.apache.camel.pollconsumer.quartz.")) {
            checkQuartz(cron);
        }
    }

    private static void checkQuartz(String cron) {
        try {
            CronExpression.validateExpression(cron);
        } catch (ParseException e) {
            String[] fields = cron.strip().split("\\s+");
            String hint = fields.length == 5
                    ? "Quartz takes six fields, seconds first: " + sixFields(fields)
                    : e.getMessage()
                            + ". Quartz takes six fields, seconds first, and a question mark for the day of the"
                            + " month or of the week, such as " + EXAMPLE;
            throw new IllegalArgumentException(
                    "cron=" + cron + " (scheduler.cron in an endpoint) is no time of Quartz. " + hint);
        } catch (NoClassDefFoundError e) {
            // Without the library Camel names the one that is missing.
            return;
        }
    }

    /** The same times as Quartz writes them, or an example where one expression cannot say them. */
    private static String sixFields(String[] crontab) {
        String week = crontab[4].equals("*")
                ? "?"
                : DAY.matcher(crontab[4]).replaceAll(day -> DAYS.get(Integer.parseInt(day.group())));
        String month = week.equals("?") ? crontab[2] : crontab[2].equals("*") ? "?" : null;
        String six = month == null
                ? EXAMPLE
                : String.join(" ", "0", crontab[0], crontab[1], month, crontab[3], week)
                        .toUpperCase(Locale.ROOT);
        return CronExpression.isValidExpression(six) ? six : EXAMPLE;
    }
}
