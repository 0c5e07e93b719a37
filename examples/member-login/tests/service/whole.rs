//! The program, as the read-me has one start it, with its processes killed.

use processes::testing::{self, Program};

const MEMBER_LOGIN: &str = env!("CARGO_BIN_EXE_member-login");

#[test]
fn it_prints_what_the_read_me_shows_whatever_is_killed() {
    let kills = testing::kills();
    let program = Program::new(MEMBER_LOGIN).with("--kills", &kills);
    let report = program.with("--log-ins", &(48 * kills)).run(0);
    testing::assert_promised(&report, include_str!("../../README.md"), kills);
}

#[tokio::test]
async fn killed_itself_it_is_run_again_and_notices_what_does_not_hold() {
    let program = Program::new(MEMBER_LOGIN).with("--kills", &0).with("--log-ins", &60);
    program.kill_halfway("member", "select count(*) from session", 30).await;
    program.run(0);

    let both = "insert into session (member_no, device) values (1, 'bench'), (2, 'bench')";
    program.change("member", both).await;
    let report = program.run(3);
    for line in ["devices with several members                   1", "for each log-in      2"] {
        assert!(report.contains(line), "{report}");
    }
}
