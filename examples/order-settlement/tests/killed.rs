//! The program as a user runs it: its report, with processes killed, and with the program itself killed.

use processes::testing::{self, Program};

const ORDER_SETTLEMENT: &str = env!("CARGO_BIN_EXE_order-settlement");

#[test]
fn the_settlement_equals_the_orders_whatever_is_killed() {
    let kills = testing::kills();
    let program = Program::new(ORDER_SETTLEMENT).with("--orders", &(24 * kills));
    let report = program.with("--kills", &kills).run(0);
    assert!(report.starts_with(&format!("Killed  {kills}: ")), "{report}");
    assert!(report.ends_with("\nThe settlement equals the orders.\n"), "{report}");
    if kills == 5 {
        insta::assert_snapshot!(report, @r"
        Killed  5: shop, shop-worker, settlement-worker, shop-worker, shop
        Orders  108 paid, 12 of them refunded
        Told    120 notifications
        Events  240 stored, 240 published, 0 dead letters

        Merchant       paid  refunded        sales   lines      settled
        Bakery           30         0       169.80      30       169.80
        Bookshop         24        12        57.96      36        57.96
        Florist          30         0       156.00      30       156.00
        Greengrocer      24         0       133.92      24       133.92

        The settlement equals the orders.
        ");
    }
}

#[tokio::test]
async fn the_program_is_killed_and_run_again_and_notices_what_does_not_add_up() {
    let program = Program::new(ORDER_SETTLEMENT).with("--kills", &0);
    program.kill_halfway("shop", "select count(*) from orders", 60).await;
    let report = program.run(0);
    insta::assert_snapshot!(report, @r"
    Killed  nobody
    Orders  108 paid, 12 of them refunded
    Told    120 notifications
    Events  240 stored, 240 published, 0 dead letters

    Merchant       paid  refunded        sales   lines      settled
    Bakery           30         0       169.80      30       169.80
    Bookshop         24        12        57.96      36        57.96
    Florist          30         0       156.00      30       156.00
    Greengrocer      24         0       133.92      24       133.92

    The settlement equals the orders.
    ");

    let one_too_many = "update balance set amount = amount + 1 where merchant = 'Florist'";
    program.change("settlement", one_too_many).await;
    let report = program.run(3);
    assert!(
        report.ends_with("\nBROKEN: the settlement of 1 merchants does not equal their orders.\n"),
        "{report}"
    );
}
