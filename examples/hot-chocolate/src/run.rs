//! A run: customers and kills side by side, until nothing is left to do.

use std::time::Duration;

use processes::{Client, Directory, Failed, Fate, Processes};

use crate::customers;
use crate::options::Options;
use crate::parts::{self, MENU, ORDER};
use crate::report::Report;
use crate::services::Services;

/// The longest wait before a kill.
const LONGEST: Duration = Duration::from_millis(300);

/// Runs the example.
///
/// # Errors
/// Something is in the way: the directory, a database, a process that ended by itself.
pub(crate) async fn run(options: &Options) -> Result<Report, Failed> {
    let directory = Directory::open(options.shared.data_dir.as_deref(), "hot-chocolate-")?;
    let services = Services::open(&directory, options.chocolate).await.map_err(|error| error.chain())?;
    let processes = Processes::start(parts::all(&directory, options.chocolate), &directory);
    let killed = processes.with(customers_and_kills(options, &processes)).await??;
    let quiet = services.quiet().map_err(|error| error.chain())?;
    processes.with(quiet.wait()).await?.map_err(|error| error.chain())?;
    processes.stop().await;
    let report = Report::read(directory, killed, &services).await?;
    services.close().await;
    Ok(report)
}

/// Answers who was killed.
async fn customers_and_kills(options: &Options, processes: &Processes) -> Result<Vec<&'static str>, Failed> {
    customers::write_menu(&Client::new(processes.address(MENU))?).await?;
    let orders = Client::new(processes.address(ORDER))?;
    let fate = Fate::new(options.shared.seed, options.shared.kills, processes.names(), LONGEST);
    let order = async |numbers| customers::order(&orders, numbers).await;
    Ok(processes.kill_while(fate, options.orders, order).await?)
}
