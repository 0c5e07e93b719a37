use super::{Input, InputError, Row, SAMPLE, instant};

const HEADER: &str = "case,activity,resource,timestamp";

fn parse(text: impl AsRef<[u8]>) -> Result<Input, InputError> {
    Input::parse("log.csv", text.as_ref().to_vec())
}

fn rows(text: impl AsRef<[u8]>) -> Vec<Row> {
    parse(text).unwrap().rows().collect()
}

/// The lines that are refused, with the reasons.
fn refused(text: impl AsRef<[u8]>) -> Vec<(u64, String)> {
    rows(text).into_iter().filter_map(|row| Some((row.line, row.step.err()?))).collect()
}

/// The lines that are taken.
fn taken(text: impl AsRef<[u8]>) -> Vec<u64> {
    rows(text).into_iter().filter(|row| row.step.is_ok()).map(|row| row.line).collect()
}

#[test]
fn the_sample_is_sound() {
    assert_eq!(refused(SAMPLE), []);
    assert_eq!(taken(SAMPLE).len(), SAMPLE.lines().count() - 1);
}

#[test]
fn further_columns_are_attributes_wherever_they_stand() {
    let text =
        "office,timestamp,case,activity,resource,room\nSouth,2024-05-06T10:30:00.5+02:00,P1,Check,,12\n";
    let step = rows(text).remove(0).step.unwrap();
    assert_eq!((&*step.case_id, &*step.activity, &*step.resource), ("P1", "Check", ""));
    assert_eq!(step.at, "2024-05-06T10:30:00.5+02:00");
    assert_eq!(step.instant.to_string(), "2024-05-06T08:30:00.5Z");
    let attributes: Vec<_> = step.attributes.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(attributes, [("office", "South"), ("room", "12")]);
}

#[test]
fn equal_content_is_one_step_whatever_the_order_of_the_columns() {
    let id = |text: &str| rows(text).remove(0).step.unwrap().content_id;
    let one = id("case,activity,resource,timestamp,room\nP1,Check,Ada,2024-05-06T10:30:00Z,12\n");
    let same = id("room,timestamp,resource,activity,case\n12,2024-05-06T10:30:00Z,Ada,Check,P1\n");
    let other = id("case,activity,resource,timestamp,room\nP1,Check,Ada,2024-05-06T10:30:00Z,13\n");
    assert_eq!(one, same);
    assert_ne!(one, other);
}

#[test]
fn a_malformed_row_is_refused_and_the_rest_goes_on() {
    let text = format!(
        "{HEADER}\n\
         P1,Check,Ada,2024-05-06T10:30:00Z\n\
         P1,Check\n\
         P1,Check,Ada,2024-05-06T10:30:00Z,extra\n\
         ,Check,Ada,2024-05-06T10:30:00Z\n\
         P1, ,Ada,2024-05-06T10:30:00Z\n\
         P1,Check,Ada,yesterday\n\
         P1,Check,Ada,2024-05-06T10:31:00Z\n"
    );
    assert_eq!(taken(&text), [2, 8]);
    let refused = refused(&text);
    let says = |line: u64, part: &str| {
        assert!(
            refused.iter().any(|(at, reason)| *at == line && reason.contains(part)),
            "{line}: {refused:?}"
        );
    };
    says(3, "has 2 fields, the header has 4");
    says(4, "has 5 fields, the header has 4");
    says(5, "`case` is empty");
    says(6, "`activity` is empty");
    says(7, "`timestamp` is `yesterday`, not RFC 3339");
    assert_eq!(refused.len(), 5);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let text =
        [HEADER.as_bytes(), b"\nP1,Ch\xffck,Ada,2024-05-06T10:30:00Z\nP1,Check,Ada,2024-05-06T10:30:00Z\n"]
            .concat();
    assert_eq!(refused(&text), [(2, "`activity` is not UTF-8".to_owned())]);
    assert_eq!(taken(&text), [3]);
}

#[test]
fn lines_are_counted_through_empty_lines_line_ends_of_windows_and_quoted_line_breaks() {
    let text = format!(
        "\u{feff}{HEADER}\r\n\r\n\
         P1,\"Check,\r\nand check\",Ada,2024-05-06T10:30:00Z\r\n\
         P1,Check\r\n\
         P1,Check,Ada,2024-05-06T10:30:00Z"
    );
    assert_eq!(taken(&text), [3, 6]);
    assert_eq!(refused(&text), [(5, "has 2 fields, the header has 4".to_owned())]);
}

#[test]
fn a_stray_quote_costs_one_line() {
    let text = format!(
        "{HEADER}\n\
         P1,\"Check,Ada,2024-05-06T10:30:00Z\n\
         P2,Check,Ada,2024-05-06T10:30:00Z\n\
         P3,Check,Ada,\"2024-05-06T10:30:00Z\n\
         P4,Check,Ada,2024-05-06T10:30:00Z\n"
    );
    assert_eq!(taken(&text), [3, 5]);
    let refused = refused(&text);
    assert_eq!(refused.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4]);
    assert!(refused[0].1.contains("a quoted field that goes on over the end of the line"), "{refused:?}");
}

#[test]
fn a_log_needs_its_columns() {
    let problem = |text: &str| parse(text).unwrap_err().to_string();
    assert!(problem("").starts_with("log.csv: it is empty; the first line names the columns"));
    assert!(problem("case,activity,resource\n").contains("the column `timestamp` is missing"));
    assert!(problem("a;b\n").contains("the columns `case`, `activity`, `resource`, `timestamp` are missing"));
    assert!(problem("case,activity,resource,timestamp,case\n").contains("the column `case` is there twice"));
    assert_eq!(rows(HEADER).len(), 0);
}

#[test]
fn timestamps_are_rfc_3339() {
    for good in [
        "2024-05-06T10:30:00Z",
        "2024-05-06t10:30:00z",
        "2024-05-06T10:30:00.123456789+02:00",
        "2024-02-29T23:59:59-11:30",
    ] {
        assert!(instant(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "2024-05-06",
        "2024-05-06T10:30:00",
        "2024-05-06 10:30:00Z",
        "2024-05-06T10:30Z",
        "2024-05-06T10:30:00.Z",
        "2024-05-06T10:30:00+0200",
        "2024-05-06T10:30:00+02:00[Europe/Amsterdam]",
        "2023-02-29T10:30:00Z",
        "2024-05-06T25:30:00Z",
        "06.05.2024 10:30",
    ] {
        assert!(instant(bad).is_none(), "{bad}");
    }
}
