//! Taking logs: what becomes of rows, and what follows from them.

use permits::input::SAMPLE;
use serde_json::json;

use crate::support::generated::Generated;
use crate::support::{Desk, HEADER, Projections, SUBSCRIBERS, deliveries, event_counts, row_counts};

/// The steps of a log without quotes, whose columns begin with the required ones.
fn steps(log: &str) -> impl Iterator<Item = [&str; 4]> {
    log.lines().skip(1).map(|line| {
        let mut columns = line.split(',');
        [(); 4].map(|()| columns.next().unwrap())
    })
}

#[tokio::test]
async fn everything_follows_from_the_sample() {
    let desk = Desk::new();
    let (code, report) = desk.take(&desk.write("log.csv", SAMPLE), &[]);
    let rows = SAMPLE.lines().count() as u64 - 1;
    let expected = Projections::of(steps(SAMPLE));
    let cases = expected.case_progress.len() as u64;
    assert_eq!((code, row_counts(&report)), (0, [rows, 0, 0]));
    assert_eq!(event_counts(&report), [2 * rows + cases; 3]);
    for (service, subscriber) in SUBSCRIBERS {
        assert_eq!(deliveries(&report, service, subscriber), [rows, 0, 0, 0], "{subscriber}");
    }
    assert_eq!(desk.projections().await, expected);
    assert_eq!(desk.events("permit.step-completed").await, (2 * rows as i64, 2 * rows as i64));
    assert_eq!(desk.events("permit.case-opened").await, (cases as i64, cases as i64));
}

#[tokio::test]
async fn the_contract_carries_the_case_and_nothing_else() {
    let desk = Desk::new();
    let log = format!("{HEADER},room\nP1,Check,Ada,2024-05-06T10:30:00+02:00,12\n");
    assert_eq!(desk.take(&desk.write("log.csv", &log), &["--no-worker"]).0, 0);
    let inside = desk.payloads("name = 'permit.step-completed'").await;
    let inside: serde_json::Value = serde_json::from_str(&inside[0]).unwrap();
    assert_eq!(inside["attributes"], json!({ "room": "12" }));
    assert_eq!(desk.take(&desk.write("empty.csv", HEADER), &[]).0, 0);
    let outside = desk.payloads("channel = 'external'").await;
    assert_eq!(outside, [r#"{"case_id":"P1"}"#]);
}

#[tokio::test]
async fn what_was_taken_before_changes_nothing() {
    let desk = Desk::new();
    let log = desk.write("log.csv", SAMPLE);
    let (_, first) = desk.take(&log, &[]);
    let before = desk.projections().await;
    let (code, second) = desk.take(&log, &[]);
    let rows = SAMPLE.lines().count() as u64 - 1;
    assert_eq!((code, row_counts(&second)), (0, [0, rows, 0]));
    assert_eq!(event_counts(&second), event_counts(&first));
    assert_eq!(deliveries(&second, "permits", "workload"), [0; 4]);
    assert_eq!(desk.projections().await, before);
}

#[tokio::test]
async fn a_row_twice_in_one_log_is_one_step_even_after_later_ones() {
    let desk = Desk::new();
    let first = "P1,Received,Ada,2024-05-06T10:30:00+02:00";
    let later = "P1,Checked,Bram,2024-05-06T11:30:00+02:00";
    let log = format!("{HEADER}\n{first}\n{later}\n{first}\n{later}\n");
    let (code, report) = desk.take(&desk.write("log.csv", &log), &[]);
    assert_eq!((code, row_counts(&report)), (0, [2, 2, 0]));
    assert_eq!(desk.projections().await, Projections::of(steps(&format!("{HEADER}\n{first}\n{later}\n"))));
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_its_line_and_the_rest_goes_on() {
    let desk = Desk::new();
    let log = format!(
        "{HEADER}\n\
         P1,Received,Ada,2024-05-06T10:30:00+02:00\n\
         P1,Checked\n\
         P1,Checked,Ada,noon\n\
         P1,Checked,Ada,2024-05-06T08:29:59Z\n\
         P1,Checked,Ada,2024-05-06T08:30:00Z\n\
         ,Checked,Ada,2024-05-06T12:00:00Z\n\
         P2,Received,,2023-05-06T10:30:00+02:00\n"
    );
    let (code, report) = desk.take(&desk.write("log.csv", &log), &[]);
    assert_eq!((code, row_counts(&report)), (3, [3, 0, 4]));
    let refused = report["refused"].as_array().unwrap();
    let lines: Vec<_> = refused.iter().map(|one| one["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4, 5, 7]);
    let late = refused[2]["reason"].as_str().unwrap();
    assert_eq!(
        late,
        "`P1` has a later step, of 2024-05-06T10:30:00+02:00; this one is of 2024-05-06T08:29:59Z"
    );
    let expected = Projections::of([
        ["P1", "Received", "Ada", "2024-05-06T10:30:00+02:00"],
        ["P1", "Checked", "Ada", "2024-05-06T08:30:00Z"],
        ["P2", "Received", "", "2023-05-06T10:30:00+02:00"],
    ]);
    assert_eq!(desk.projections().await, expected);
    let (opened, last, steps): (String, String, i64) =
        sqlx::query_as("select opened_at, last_step_at, steps from permit_case where case_id = 'P1'")
            .fetch_one(&mut desk.office().await)
            .await
            .unwrap();
    assert_eq!((&*opened, &*last, steps), ("2024-05-06T10:30:00+02:00", "2024-05-06T08:30:00Z", 2));
}

#[tokio::test]
async fn a_refused_row_can_be_taken_once_it_is_right() {
    let desk = Desk::new();
    let late = "P1,Noted,Ada,2024-05-06T09:00:00Z";
    let log = format!("{HEADER}\nP1,Received,Ada,2024-05-06T10:00:00Z\n{late}\n");
    let log = desk.write("log.csv", &log);
    assert_eq!(row_counts(&desk.take(&log, &[]).1), [1, 0, 1]);
    // Its transaction was rolled back, its idempotency key with it: it is refused again, not "already taken".
    assert_eq!(row_counts(&desk.take(&log, &[]).1), [0, 1, 1]);
}

#[tokio::test]
async fn generated_logs_give_what_the_test_expects_of_them() {
    for options in [&[][..], &["--fail-rate", "0.2", "--seed", "7"]] {
        let desk = Desk::new();
        let generated = Generated::new(0x5eed, 300, 40);
        let (code, report) = desk.take(&desk.write("log.csv", &generated.log), options);
        let Generated { taken, already_taken, refused, .. } = &generated;
        assert_eq!(row_counts(&report), [taken.len() as u64, *already_taken, refused.len() as u64]);
        assert_eq!(code, 3);
        let lines: Vec<_> =
            report["refused"].as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap()).collect();
        assert_eq!(lines, *refused);
        let expected = Projections::of(taken.iter().map(|step| [&*step[0], &*step[1], &*step[2], &*step[3]]));
        assert_eq!(desk.projections().await, expected);
        let stored = 2 * taken.len() as u64 + expected.case_progress.len() as u64;
        assert_eq!(event_counts(&report), [stored; 3]);
        for (service, subscriber) in SUBSCRIBERS {
            let [delivered, retries, _, dead_letters] = deliveries(&report, service, subscriber);
            assert_eq!((delivered, dead_letters), (taken.len() as u64, 0), "{subscriber}");
            assert_eq!(retries > 0, !options.is_empty() && !subscriber.starts_with("edafw-"), "{subscriber}");
        }
    }
}

#[tokio::test]
async fn handlers_that_always_fail_leave_dead_letters_and_nothing_else() {
    let desk = Desk::new();
    let log = desk.write("log.csv", &format!("{HEADER}\nP1,Received,Ada,2024-05-06T10:30:00Z\n"));
    let (code, report) = desk.take(&log, &["--fail-rate", "1"]);
    assert_eq!(code, 3);
    assert_eq!(deliveries(&report, "permits", "case_timeline"), [0, 19, 0, 1]);
    assert_eq!(deliveries(&report, "portal", "case_progress"), [0, 19, 0, 1]);
    assert_eq!(desk.projections().await, Projections::default());
}
