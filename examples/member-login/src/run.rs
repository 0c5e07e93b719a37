//! A run: the story, and then a crowd and kills side by side, until nothing is left to do.

use std::time::Duration;

use edafw::{App, Sqlite};
use member_login::audit::Audit;
use processes::{Client, Directory, Failed, Fate, Processes, Quiet};

use crate::crowd::Crowd;
use crate::options::Options;
use crate::parts::{self, MEMBER};
use crate::report::Report;
use crate::story;

/// The longest wait before a kill.
const LONGEST: Duration = Duration::from_millis(150);

/// Runs the example.
///
/// # Errors
/// Something is in the way: the directory, the database, a process that ended by itself.
pub(crate) async fn run(options: &Options) -> Result<Report, Failed> {
    let directory = Directory::open(options.shared.data_dir.as_deref(), "member-login-")?;
    let app = open(&directory).await.map_err(|error| error.chain())?;
    let processes = Processes::start(parts::all(&directory), &directory);
    let ran = processes.with(story_and_crowd(options, &processes, &app)).await?;
    processes.stop().await;
    let (story, killed) = ran?;
    let report = Report::read(directory, options.log_ins, story, killed, &app).await?;
    app.close().await;
    Ok(report)
}

/// The service, looked at from here. Its queues exist from now on: one gets what is sent once it is there.
async fn open(directory: &Directory) -> edafw::Result<App<Sqlite>> {
    let app = member_login::app().database_url(directory.database("member")).connect().await?;
    app.register().await?;
    Ok(app)
}

/// Answers the story, and who was killed.
async fn story_and_crowd(
    options: &Options,
    processes: &Processes,
    app: &App<Sqlite>,
) -> Result<(String, Vec<&'static str>), Failed> {
    let client = Client::new(processes.address(MEMBER))?;
    let quiet = Quiet::default().and(app)?;
    let story = story::tell(&client, &quiet).await?;
    let crowd = Crowd::sign_up(&client, options.shared.seed).await?;
    let killed = tokio::select! {
        killed = log_ins_and_kills(options, processes, &client, &crowd) => killed?,
        broken = watch(app) => return Err(broken),
    };
    quiet.wait().await.map_err(|error| error.chain())?;
    Ok((story, killed))
}

/// Looks again and again whether a member is above the limit, and answers once one is: this holds at every moment,
/// not only in the end.
async fn watch(app: &App<Sqlite>) -> Failed {
    const LOOK: Duration = Duration::from_millis(20);
    loop {
        match Audit::of(app).await {
            Ok(Audit { members_above_limit: 0, .. }) => tokio::time::sleep(LOOK).await,
            Ok(_) => return "a member was logged in on more devices than the account may".into(),
            Err(error) => return error.into(),
        }
    }
}

/// Answers who was killed.
async fn log_ins_and_kills(
    options: &Options,
    processes: &Processes,
    client: &Client,
    crowd: &Crowd,
) -> Result<Vec<&'static str>, Failed> {
    let fate = Fate::new(options.shared.seed, options.shared.kills, processes.names(), LONGEST);
    let log_in = async |numbers| crowd.log_in(client, numbers).await;
    Ok(processes.kill_while(fate, options.log_ins, log_in).await?)
}
