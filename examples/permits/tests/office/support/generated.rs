//! Logs that are made up, with what must follow from them.

use std::fmt::Write;

use super::HEADER;

/// A log with everything in it, and what must become of it.
pub(crate) struct Generated {
    pub(crate) log: String,
    pub(crate) taken: Vec<[String; 4]>,
    pub(crate) already_taken: u64,
    pub(crate) refused: Vec<u64>,
}

impl Generated {
    /// The log of `rows` rows over `cases` cases that `seed` stands for.
    pub(crate) fn new(seed: u64, rows: u64, cases: u64) -> Self {
        let mut state = seed;
        let mut below = |limit: u64| {
            // Knuth's MMIX generator; its upper bits are the good ones.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        let mut this =
            Self { log: format!("{HEADER}\n"), taken: Vec::new(), already_taken: 0, refused: Vec::new() };
        // Seconds since the log's first minute, of each case's last step.
        let mut last = std::collections::HashMap::<u64, u64>::new();
        for line in 2..rows + 2 {
            let case = below(cases);
            let activity = format!("Activity {}", below(7));
            let resource =
                ["", "Ada", "Bram", "Chidi \"CC\" O.", "Dora, deputy"][below(5) as usize].to_owned();
            let step = |second: u64| {
                // The same moments, written in two time zones.
                let (hours, offset) = if second.is_multiple_of(2) { (10, "Z") } else { (12, "+02:00") };
                let at = format!(
                    "2024-05-06T{:02}:{:02}:{:02}{offset}",
                    hours + second / 3600,
                    second / 60 % 60,
                    second % 60
                );
                [format!("case {case}"), activity.clone(), resource.clone(), at]
            };
            match (below(10), last.get(&case).copied()) {
                (0, _) => {
                    this.refused.push(line);
                    writeln!(this.log, "case {case},{activity},Ada,not now").unwrap();
                }
                (1, _) if !this.taken.is_empty() => {
                    this.already_taken += 1;
                    let again = this.taken[below(this.taken.len() as u64) as usize].clone();
                    this.write(&again);
                }
                (2, Some(before)) if before > 0 => {
                    let step = step(before - 1);
                    if this.taken.contains(&step) {
                        this.already_taken += 1;
                    } else {
                        this.refused.push(line);
                    }
                    this.write(&step);
                }
                (_, before) => {
                    let second = before.map_or(below(600), |before| before + below(120));
                    let step = step(second);
                    this.write(&step);
                    if this.taken.contains(&step) {
                        this.already_taken += 1;
                    } else {
                        this.taken.push(step);
                        last.insert(case, second);
                    }
                }
            }
        }
        this
    }

    fn write(&mut self, step: &[String; 4]) {
        let [case, activity, resource, at] = step;
        let resource = resource.replace('"', "\"\"");
        writeln!(self.log, "{case},{activity},\"{resource}\",{at}").unwrap();
    }
}
