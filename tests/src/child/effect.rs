//! What subscribers do: write a row that nothing makes unique, and fail when told to.

use std::io::Write;

use edafw::{Delivery, Failure, Tx};

use super::{Database, options};

/// Writes that `delivery.subscriber` has handled an act, and fails, waits or aborts afterwards where it is told to.
///
/// # Errors
/// The statement failed, or the failure was asked for.
pub async fn effect<B: Database>(
    tx: &mut Tx<B>,
    delivery: &Delivery,
    no: i64,
    key: i64,
) -> Result<(), Failure> {
    let options = options();
    if options.count_runs {
        append_line("runs", &format!("{} {no}", delivery.subscriber))?;
    }
    let attempt = i64::from(delivery.attempt);
    B::insert_effect(&mut **tx, &delivery.subscriber, no, key, attempt).await?;
    if &*delivery.subscriber == "ledger" {
        if options.poison == Some(no) {
            std::process::abort();
        }
        if options.hold == Some(no) {
            wait_for_line(format!("in ledger {no}")).await?;
        }
        if options.swallow == Some(no) && delivery.attempt == 1 {
            let violated = B::violate(&mut **tx).await;
            assert!(violated.is_err(), "it was no violation");
        }
    }
    if delivery.attempt <= 2 && chance(&delivery.subscriber, no, delivery.attempt) < options.fail_percent {
        return Err("a failure that the test asked for".into());
    }
    Ok(())
}

/// 0 to 99, decided by the seed and what is attempted.
fn chance(subscriber: &str, no: i64, attempt: u32) -> u64 {
    let seed = options().seed;
    let text = format!("{seed}/{subscriber}/{no}/{attempt}");
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 20) % 100
}

/// Adds a line to a file in one write, as processes side by side must.
///
/// # Errors
/// The file cannot be written.
pub fn append_line(file: &str, line: &str) -> std::io::Result<()> {
    let path = options().directory.join(file);
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())
}

/// Says `announcement` on standard output, and waits for a line on standard input.
///
/// # Errors
/// Standard input was closed.
pub async fn wait_for_line(announcement: String) -> Result<(), Failure> {
    println!("{announcement}");
    let read = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await??;
    if read == 0 { Err("nobody says to go on".into()) } else { Ok(()) }
}
