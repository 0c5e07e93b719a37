//! What a run says when it has finished.

use std::fmt::Write as _;

use crate::run::Outcome;
use crate::sample::Sample;
use crate::way::Way;

/// Everything about a run.
#[derive(Debug)]
pub struct Report {
    /// The trips that were asked for one after the other.
    pub story: Sample,
    /// Those that were asked for at once.
    pub crowd: Sample,
    /// What each way came to.
    pub outcomes: Vec<Outcome>,
    /// Why two-phase commit was left out, where it was.
    pub left_out: Option<String>,
}

impl Report {
    /// Whether all books are as they must be.
    pub fn is_clean(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.mistakes.is_empty())
    }

    /// For people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        self.write_story(out)?;
        self.write_crowd(out)?;
        if let Some(reason) = &self.left_out {
            writeln!(out, "\nTwo-phase commit was left out: {reason}.")?;
            writeln!(
                out,
                "It needs a PostgreSQL server whose max_prepared_transactions is above 0: --postgres URL."
            )?;
        }
        writeln!(out)?;
        for outcome in &self.outcomes {
            for mistake in &outcome.mistakes {
                writeln!(out, "WRONG   {}: {mistake}", outcome.way.name())?;
            }
        }
        if self.is_clean() {
            writeln!(out, "Books   every trip ended once, as a whole or not at all; the money adds up")?;
        }
        Ok(())
    }

    fn write_story(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "One trip after the other\n")?;
        let mut head = format!("{:<5} {:<6} {:<6} {:<7}", "Trip", "who", "night", "flight");
        for outcome in &self.outcomes {
            write!(head, "{:<23}", title(outcome.way))?;
        }
        writeln!(out, "{}", head.trim_end())?;
        for trip in &self.story.trips {
            let mut line =
                format!("{:<5} {:<6} {:<6} {:<7}", trip.trip_no, trip.traveller, trip.night, trip.flight);
            for outcome in &self.outcomes {
                write!(line, "{:<23}", outcome.books.letter(trip.trip_no).unwrap_or("open"))?;
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn write_crowd(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\n{} trips at once, for too few places\n", self.crowd.trips.len())?;
        writeln!(
            out,
            "{:<22} {:>6} {:>10} {:>10} {:>13} {:>13} {:>9}",
            "", "booked", "not booked", "ms/trip", "seen halved", "events/trip", "calls/trip"
        )?;
        for outcome in &self.outcomes {
            let (booked, not_booked) = outcome.books.outcomes(&self.crowd);
            let Outcome { way, time, seen, events, calls, .. } = outcome;
            let per_trip = time.as_secs_f64() * 1e3 / self.crowd.trips.len().max(1) as f64;
            let halved = format!("{} of {}", seen.half_booked, seen.looks);
            writeln!(
                out,
                "{:<22} {booked:>6} {not_booked:>10} {per_trip:>10.1} {halved:>13} {events:>13.1} {calls:>9.1}",
                title(*way)
            )?;
        }
        Ok(())
    }
}

fn title(way: Way) -> &'static str {
    match way {
        Way::Saga => "saga",
        Way::Tcc => "try-confirm/cancel",
        Way::TwoPhase => "two-phase commit",
    }
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::sample::Sample;

    #[test]
    fn what_was_left_out_is_said_and_why() {
        let left_out = Some("no PostgreSQL could be started for it: `initdb`: not found".to_owned());
        let report =
            Report { story: Sample::story(), crowd: Sample::crowd(9), outcomes: Vec::new(), left_out };
        let text = report.to_text();
        assert!(text.contains("Two-phase commit was left out: no PostgreSQL could be started"), "{text}");
        assert!(text.contains("--postgres URL"), "{text}");
    }
}
