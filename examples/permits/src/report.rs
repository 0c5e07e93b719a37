//! What a run says when it has finished.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use edafw::{DeliveryStats, StoreCounts};
use serde_json::{Value, json};

use crate::intake::Intake;

/// Refused rows that the text lists; JSON lists all.
const LISTED: usize = 20;

/// Everything about a run.
#[derive(Debug)]
pub struct Report {
    /// Where the databases are that are files; `None` where both were named.
    pub data_dir: Option<PathBuf>,
    /// Which databases they are: the office's and the portal's.
    pub databases: [String; 2],
    /// What became of the rows.
    pub intake: Intake,
    /// The office's events, those of earlier runs included.
    pub events: StoreCounts,
    /// What became of this run's deliveries: service, subscriber, counts. `None` without workers.
    pub deliveries: Option<Vec<(String, String, DeliveryStats)>>,
    /// How long the run took, from opening the databases to the last delivery.
    pub time: Duration,
}

impl Report {
    /// Whether everything that was asked for has come about.
    pub fn is_clean(&self) -> bool {
        let dead = self.deliveries.iter().flatten().map(|(_, _, stats)| stats.dead_letters).sum::<u64>();
        self.intake.refused.is_empty() && dead == 0
    }

    fn rows_per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "nobody counts rows to 16 digits")]
        let rows = self.intake.rows() as f64;
        rows / self.intake.time.as_secs_f64().max(1e-6)
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let Self { intake, events, .. } = self;
        let deliveries = self.deliveries.as_ref().map(|deliveries| {
            let one = |(service, subscriber, stats): &(String, String, DeliveryStats)| {
                json!({
                    "service": service,
                    "subscriber": subscriber,
                    "delivered": stats.handled,
                    "retries": stats.retries,
                    "duplicates": stats.duplicates,
                    "dead_letters": stats.dead_letters,
                })
            };
            deliveries.iter().map(one).collect::<Vec<_>>()
        });
        json!({
            "data_dir": self.data_dir.as_ref().map(|directory| directory.display().to_string()),
            "databases": self.databases,
            "rows": {
                "taken": intake.taken,
                "already_taken": intake.already_taken,
                "refused": intake.refused.len(),
            },
            "refused": intake.refused,
            "events": {
                "stored": events.stored,
                "sent": events.sent,
                "published": events.published,
            },
            "deliveries": deliveries,
            "intake_seconds": intake.time.as_secs_f64(),
            "rows_per_second": self.rows_per_second(),
            "total_seconds": self.time.as_secs_f64(),
        })
    }

    /// For people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_text(&mut text);
        text
    }

    fn write_text(&self, out: &mut String) -> std::fmt::Result {
        let Self { databases: [permits, portal], intake, events, time, .. } = self;
        writeln!(out, "Data    {permits}\n        {portal}")?;
        writeln!(
            out,
            "Rows    {} taken, {} already taken, {} refused",
            intake.taken,
            intake.already_taken,
            intake.refused.len()
        )?;
        for refusal in intake.refused.iter().take(LISTED) {
            writeln!(out, "          line {}: {}", refusal.line, refusal.reason)?;
        }
        if let Some(more) = intake.refused.len().checked_sub(LISTED).filter(|&more| more > 0) {
            writeln!(out, "          and {more} more; --json lists all")?;
        }
        writeln!(
            out,
            "Events  {} stored, {} sent, {} published",
            events.stored, events.sent, events.published
        )?;
        writeln!(
            out,
            "Time    {:.2} s; the input took {:.2} s, {:.0} rows/s",
            time.as_secs_f64(),
            intake.time.as_secs_f64(),
            self.rows_per_second()
        )?;
        let Some(deliveries) = &self.deliveries else {
            return writeln!(out, "\nNothing is delivered yet: run `permits-worker` and `portal-worker`.");
        };
        writeln!(out)?;
        writeln!(
            out,
            "{:<8} {:<42} {:>9} {:>8} {:>10} {:>12}",
            "Service", "Subscriber", "delivered", "retries", "duplicates", "dead letters"
        )?;
        for (service, subscriber, stats) in deliveries {
            writeln!(
                out,
                "{service:<8} {subscriber:<42} {:>9} {:>8} {:>10} {:>12}",
                stats.handled, stats.retries, stats.duplicates, stats.dead_letters
            )?;
        }
        Ok(())
    }
}
