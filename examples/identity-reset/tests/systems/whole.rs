//! What it prints, and what holds in the end.

use processes::testing::{self, Program};

use crate::family_database::FamilyDatabase;

const IDENTITY_RESET: &str = env!("CARGO_BIN_EXE_identity-reset");

fn program(database: &FamilyDatabase) -> Program {
    let program = Program::new(IDENTITY_RESET);
    match &database.url {
        Some(url) => program.with("--family-database", url),
        None => program,
    }
}

#[test]
fn it_prints_what_the_read_me_shows_whatever_is_killed() {
    let kills = testing::kills();
    let database = FamilyDatabase::create();
    let report = program(&database).with("--kills", &kills).with("--acts", &(48 * kills)).run(0);
    testing::assert_promised(&report, include_str!("../../README.md"), kills);
}

#[tokio::test]
async fn killed_itself_it_is_run_again_and_notices_what_does_not_hold() {
    let database = FamilyDatabase::create();
    let program = program(&database).with("--kills", &0).with("--acts", &120);
    let verified = "select coalesce(sum(verification), 0) from member";
    program.kill_halfway("member", verified, 20).await;
    program.run(0);

    // Ada and Ben of the story belong to a family.
    program.change("member", "update member set verified = 0 where member_no <= 2").await;
    let report = program.run(3);
    assert!(report.contains("members of a family who are not verified          2"), "{report}");
}

#[test]
fn a_database_of_another_kind_is_refused_without_its_password() {
    let program = Program::new(IDENTITY_RESET);
    let report = program.with("--family-database", &"mysql://ada:secret@localhost/family").run(1);
    assert!(report.contains("is of the kind `mysql`") && !report.contains("secret"), "{report}");
}
