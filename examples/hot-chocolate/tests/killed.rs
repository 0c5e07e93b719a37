//! The program as a user runs it: its report, with processes killed, and with the program itself killed.

use processes::testing::{self, Program};

const HOT_CHOCOLATE: &str = env!("CARGO_BIN_EXE_hot-chocolate");

#[test]
fn every_order_is_served_or_refunded_whatever_is_killed() {
    let kills = testing::kills();
    // A third of the hot chocolates cannot be made.
    let program = Program::new(HOT_CHOCOLATE).with("--orders", &(12 * kills));
    let report = program.with("--chocolate", &(25 * 6 * kills)).with("--kills", &kills).run(0);
    assert!(report.starts_with(&format!("Killed     {kills}: ")), "{report}");
    assert!(report.ends_with("\nEvery order was served or refunded.\n"), "{report}");
    if kills == 5 {
        insta::assert_snapshot!(report, @r"
        Killed     5: menu-worker, payment-worker, counter-worker, order, kitchen-worker
        Events     501 stored, 501 published, 0 dead letters
        Chocolate  0 g of 750 g are left
        Till       177.00, for drinks of 177.00

        Drink          ordered  served  refunded  menu
        hot chocolate       45      30        15  sold out
        mint tea            15      15         0  on sale

        Every order was served or refunded.
        ");
    }
}

#[tokio::test]
async fn the_program_is_killed_and_run_again_and_notices_what_does_not_add_up() {
    let program = Program::new(HOT_CHOCOLATE).with("--kills", &0);
    program.kill_halfway("order", "select count(*) from orders", 30).await;
    let report = program.run(0);
    insta::assert_snapshot!(report, @r"
    Killed     nobody
    Events     491 stored, 491 published, 0 dead letters
    Chocolate  0 g of 1000 g are left
    Till       222.00, for drinks of 222.00

    Drink          ordered  served  refunded  menu
    hot chocolate       45      40         5  sold out
    mint tea            15      15         0  on sale

    Every order was served or refunded.
    ");

    let refunded_twice =
        "insert into entry (order_no, amount) select order_no, amount from entry where amount < 0 limit 1";
    program.change("payment", refunded_twice).await;
    let report = program.run(3);
    assert!(report.contains("was neither served nor refunded"), "{report}");
    assert!(report.contains("BROKEN: 217.50 in the till for drinks of 222.00"), "{report}");
}
