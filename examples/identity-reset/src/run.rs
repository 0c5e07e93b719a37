//! A run: the story, and then a crowd and kills side by side, until nothing is left to do.

use std::time::Duration;

use family::member_service::MemberService;
use processes::{Client, Directory, Failed, Fate, Processes};

use crate::balancer::Balancer;
use crate::crowd::Crowd;
use crate::options::Options;
use crate::parts::{self, FAMILY, MEMBER};
use crate::report::Report;
use crate::services::{self, Clients, Services};
use crate::story;

/// The longest wait before a kill.
const LONGEST: Duration = Duration::from_millis(150);

/// Runs the example.
///
/// # Errors
/// Something is in the way: the directory, a database, a process that ended by itself.
pub(crate) async fn run(options: &Options) -> Result<Report, Failed> {
    let directory = Directory::open(options.shared.data_dir.as_deref(), "identity-reset-")?;
    let family = services::family_database(options.family_database.as_deref(), &directory)?;
    let balancer = Balancer::bind().await?;
    let member_url = balancer.url()?;
    let services = Services::open(&directory, &family, MemberService::new(&member_url)?).await;
    let services = services.map_err(|error| error.chain())?;
    let processes = Processes::start(parts::all(&directory, &family, &member_url), &directory);
    let ran = tokio::select! {
        ran = processes.with(story_and_crowd(options, &processes, &services)) => ran?,
        never = balancer.pass_on(processes.address(MEMBER)) => match never {},
    };
    processes.stop().await;
    let (story, killed) = ran?;
    let report = Report::read(directory, options.acts, story, killed, &services).await?;
    services.close().await;
    Ok(report)
}

/// Answers the story, and who was killed.
async fn story_and_crowd(
    options: &Options,
    processes: &Processes,
    services: &Services,
) -> Result<(String, Vec<&'static str>), Failed> {
    let client = |part| Client::new(processes.address(part));
    let clients = Clients { member: client(MEMBER)?, family: client(FAMILY)? };
    let story = story::tell(&clients, services).await?;
    let crowd = Crowd::sign_up(&clients, options.shared.seed).await?;
    let fate = Fate::new(options.shared.seed, options.shared.kills, processes.names(), LONGEST);
    let act = async |numbers| crowd.act(&clients, numbers).await;
    let killed = processes.kill_while(fate, options.acts, act).await?;
    services.wait_until_quiet().await.map_err(|error| error.chain())?;
    Ok((story, killed))
}
