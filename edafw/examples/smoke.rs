use edafw::*;
use std::time::Instant;
edafw::service!("smoke");

#[domain_event(name = "smoke.happened", key = who)]
pub struct Happened {
    pub who: i64,
    pub what: String,
}

#[domain_event(name = "smoke.counted", key = who)]
pub struct Counted {
    pub who: i64,
}

#[external_event(name = "smoke.happened", version = 1, of = Happened, zero_payload)]
pub struct HappenedV1 {
    pub who: i64,
}

#[subscriber(layer = application, phase = before_commit)]
async fn count_it(event: &Happened, tx: &mut Tx<Sqlite>) -> Result<(), Error> {
    if event.who % 10 == 0 {
        tx.publish(Counted { who: event.who }).await?;
    }
    Ok(())
}
#[subscriber(layer = internal)]
async fn record(event: &Happened, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query("insert into seen (who, what) values (?1, ?2)")
        .bind(event.who)
        .bind(&event.what)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
#[subscriber(layer = internal, retry(max_attempts = 3, backoff = "10ms"))]
async fn flaky(event: &Counted, delivery: Delivery) -> Result<(), Failure> {
    if event.who % 100 == 0 && delivery.attempt == 1 {
        return Err("nope".into());
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n: i64 = std::env::args().nth(1).map_or(1000, |n| n.parse().unwrap());
    let dir = std::env::temp_dir().join("edafw-smoke");
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir)?;
    let app: App<Sqlite> =
        App::builder("smoke").database_url(format!("sqlite:{}/a.db", dir.display())).connect().await?;
    app.register().await?;
    let mut tx = app.begin().await?;
    sqlx::query("create table seen (who, what)").execute(&mut *tx).await?;
    tx.commit().await?;
    let t = Instant::now();
    for i in 0..n {
        let mut tx = app.begin().await?;
        tx.savepoint(async |tx| {
            tx.publish(Counted { who: -1 }).await?;
            Err::<(), Error>(Error::configuration("x"))
        })
        .await
        .unwrap_err();
        tx.publish(Happened { who: i % 1000, what: "x".into() }).await?;
        tx.commit().await?;
    }
    println!("publish {:.0}/s", n as f64 / t.elapsed().as_secs_f64());
    let worker = app.worker()?;
    let t = Instant::now();
    tokio::spawn({
        let w = worker.clone();
        async move { w.run_until_idle().await }
    })
    .await??;
    println!("drain {:.0}/s {:?}", n as f64 / t.elapsed().as_secs_f64(), t.elapsed());
    println!("{:#?}", worker.stats());
    Ok(())
}
