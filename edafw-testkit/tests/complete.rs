//! No behaviour is forgotten: what the modules define is what the macros list.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Files that hold the words of the behaviours and no behaviour.
const NO_BEHAVIOURS: [&str; 2] = ["mod", "fixture"];

fn defined(kind: &str) -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(kind);
    let mut found = BTreeSet::new();
    for file in fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        let group = path.file_stem().unwrap().to_string_lossy().into_owned();
        if NO_BEHAVIOURS.contains(&&*group) {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let Some(rest) = line.strip_prefix("pub async fn ") else { continue };
            // A behaviour takes nothing: everything else is a tool for behaviours.
            if let Some((name, arguments)) = rest.split_once('<')
                && arguments.contains(">()")
            {
                found.insert(format!("{group}::{name}"));
            }
        }
    }
    found
}

fn listed(kind: &str) -> BTreeSet<String> {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/suite.rs")).unwrap();
    let start = format!("$fixture, {kind};");
    let mut found = BTreeSet::new();
    for list in source.split(&start).skip(1) {
        for group in list.split_once('}').unwrap().0.split(';') {
            let Some((group, behaviours)) = group.split_once(':') else { continue };
            found.extend(behaviours.split_whitespace().map(|name| format!("{}::{name}", group.trim())));
        }
    }
    found
}

#[test]
fn every_behaviour_of_a_store_is_listed() {
    assert_eq!(defined("store"), listed("store"));
}

#[test]
fn every_behaviour_of_a_transport_is_listed() {
    assert_eq!(defined("transport"), listed("transport"));
}
