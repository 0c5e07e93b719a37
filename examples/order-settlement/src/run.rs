//! A run: customers and kills side by side, until nothing is left to do.

use std::time::Duration;

use edafw::{App, Sqlite};
use processes::{Client, Directory, Failed, Fate, Processes, Quiet};

use crate::customers;
use crate::options::Options;
use crate::parts::{self, SHOP};
use crate::report::Report;

/// The longest wait before a kill.
const LONGEST: Duration = Duration::from_millis(300);

/// Runs the example.
///
/// # Errors
/// Something is in the way: the directory, a database, a process that ended by itself.
pub(crate) async fn run(options: &Options) -> Result<Report, Failed> {
    let directory = Directory::open(options.shared.data_dir.as_deref(), "order-settlement-")?;
    let (shop, settlement) = open(&directory).await.map_err(|error| error.chain())?;
    let processes = Processes::start(parts::all(&directory), &directory);
    let killed = processes.with(customers_and_kills(options, &processes)).await??;
    let quiet = Quiet::default().and(&shop)?.and(&settlement)?;
    processes.with(quiet.wait()).await?.map_err(|error| error.chain())?;
    processes.stop().await;
    let report = Report::read(directory, killed, &shop, &settlement).await?;
    shop.close().await;
    settlement.close().await;
    Ok(report)
}

/// Both services, looked at from here. Their queues exist from now on: one gets what is sent once it is there.
async fn open(directory: &Directory) -> edafw::Result<(App<Sqlite>, App<Sqlite>)> {
    let settlement = settlement::app().database_url(directory.database("settlement"));
    let settlement = settlement.external_url(directory.queues()).connect().await?;
    settlement.register().await?;
    let shop = shop::app().database_url(directory.database("shop"));
    let shop = shop.external_url(directory.queues()).connect().await?;
    shop.register().await?;
    Ok((shop, settlement))
}

/// Answers who was killed.
async fn customers_and_kills(options: &Options, processes: &Processes) -> Result<Vec<&'static str>, Failed> {
    let client = Client::new(processes.address(SHOP))?;
    let fate = Fate::new(options.shared.seed, options.shared.kills, processes.names(), LONGEST);
    let order = async |numbers| customers::order(&client, numbers).await;
    Ok(processes.kill_while(fate, options.orders, order).await?)
}
