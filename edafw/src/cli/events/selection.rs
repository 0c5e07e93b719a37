//! Which events to list: arguments, and the query that they mean.

use std::time::{Duration, SystemTime};

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use edafw_core::{Backoff, Channel, Error, EventQuery, EventState, Result, from_millis};
use uuid::Uuid;

pub(super) fn arguments() -> Vec<Arg> {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let states = ["stored", "sent", "published", "exhausted"];
    vec![
        text("key", "KEY", "Only of this subject"),
        text("name", "EVENT", "Only of this name; may be given several times").action(ArgAction::Append),
        Arg::new("correlation")
            .long("correlation")
            .value_name("ID")
            .value_parser(value_parser!(Uuid))
            .help("Only what one act set off: the correlation id that `events show` tells of each of them"),
        since(),
        until(),
        text("state", "STATE", "Only in this state").value_parser(states),
        text("channel", "CHANNEL", "Only of this channel").value_parser(["internal", "external"]),
        text("limit", "N", "How many, at most")
            .default_value("100")
            .value_parser(value_parser!(u32).range(1..)),
        text("after", "POSITION", "Only behind this position: the last one of the page before")
            .value_parser(value_parser!(i64).range(0..)),
        Arg::new("archived").long("archived").action(ArgAction::SetTrue).help("Archived events, too"),
    ]
}

pub(super) fn since() -> Arg {
    Arg::new("since").long("since").value_name("TIME").help(
        "Only events that happened at this time or later: 2026-03-01, 2026-03-01T12:00:00Z, or how long ago: 90m, 2h, 7d",
    )
}

pub(super) fn until() -> Arg {
    Arg::new("until").long("until").value_name("TIME").help("Only events that happened before this time")
}

pub(super) fn before() -> Arg {
    Arg::new("before").long("before").value_name("TIME").help(
        "Only events that were published before this time: 2026-03-01, 2026-03-01T12:00:00Z, or how long ago: 90m, 2h, \
         365d",
    )
}

/// # Errors
/// A time that cannot be read.
pub(super) fn query(matches: &ArgMatches) -> Result<EventQuery> {
    let text = |name| matches.get_one::<String>(name).cloned();
    Ok(EventQuery {
        id: None,
        key: text("key"),
        names: matches.get_many::<String>("name").map(|names| names.cloned().collect()).unwrap_or_default(),
        correlation_id: matches.get_one("correlation").copied(),
        channel: text("channel")
            .and_then(|name| Channel::ALL.into_iter().find(|channel| channel.as_str() == name)),
        since: time_of(matches, "since")?,
        until: time_of(matches, "until")?,
        state: text("state").and_then(|name| {
            use EventState::{Exhausted, Published, Sent, Stored};
            [Stored, Sent, Published, Exhausted].into_iter().find(|state| state.as_str() == name)
        }),
        missing_at: None,
        archived: matches.get_flag("archived"),
        after: matches.get_one("after").copied(),
        limit: matches.get_one::<u32>("limit").map(|&limit| limit as usize),
    })
}

/// # Errors
/// A time that cannot be read.
pub(super) fn time_of(matches: &ArgMatches, name: &str) -> Result<Option<SystemTime>> {
    matches
        .get_one::<String>(name)
        .map(|text| time(text, SystemTime::now()).ok_or_else(|| unreadable(name, text)))
        .transpose()
}

/// How long ago a time is that has to be given.
///
/// # Errors
/// A time that cannot be read, or that has not come yet.
pub(super) fn age_of(matches: &ArgMatches, name: &str) -> Result<Duration> {
    let now = SystemTime::now();
    let time = time_of(matches, name)?.unwrap_or(now);
    now.duration_since(time).map_err(|_| Error::configuration(format!("--{name} is a time to come")))
}

fn unreadable(name: &str, text: &str) -> Error {
    Error::configuration(format!(
        "--{name} `{text}` is not a time: write 2026-03-01, 2026-03-01T12:00:00Z, or how long ago: 90m, 2h, 7d"
    ))
}

fn time(text: &str, now: SystemTime) -> Option<SystemTime> {
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(from_millis(timestamp.as_millisecond()));
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>()
        && text.contains('-')
    {
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        return Some(from_millis(midnight.timestamp().as_millisecond()));
    }
    // The spelling of annotations: a wait of one value.
    let ago: Duration = text.parse::<Backoff>().ok().filter(|one| one.first == one.most)?.first;
    now.checked_sub(ago)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::time;

    #[test]
    fn reads_times_dates_and_how_long_ago() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let read =
            |text| time(text, now).map(|time| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs());
        assert_eq!(read("2001-09-09"), Some(999_993_600));
        assert_eq!(read("2001-09-09T01:46:40Z"), Some(1_000_000_000));
        assert_eq!(read("2h"), Some(999_992_800));
        assert_eq!(read("7d"), Some(999_395_200));
        for wrong in ["", "yesterday", "2001-13-01", "1h..2h", "5"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
