//! Joining a family, and what may come in between.

use edafw::Failure;
use family::families::{FamilyError, Joining, join, leave};
use family::member_service::{Member, MemberService};

use crate::member_system::Systems;

const VERIFIED: Option<Member> = Some(Member { verified: true, verification: 1 });

#[tokio::test]
async fn who_is_verified_joins_once() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    systems.joins(3, 7, 1).await?;
    systems.joins(3, 7, 1).await?;
    assert_eq!(systems.asked(), 1, "of a member of the family nothing is asked");
    assert_eq!(systems.told().await?, ["family.member-joined"]);
    let error = systems.joins(4, 7, 1).await.unwrap_err().to_string();
    assert_eq!(error, "member 7 belongs to family 3");

    let app = systems.family.app();
    leave(app, 4, 7).await?;
    assert_eq!(systems.members_of(3).await?, [7]);
    leave(app, 3, 7).await?;
    leave(app, 3, 7).await?;
    assert_eq!(systems.members_of(3).await?, [0; 0]);
    assert_eq!(systems.told().await?, ["family.member-joined", "family.member-left"]);
    systems.joins(4, 7, 1).await?;
    Ok(())
}

#[tokio::test]
async fn who_is_not_verified_or_not_known_does_not_join() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    let app = systems.family.app();
    systems.knows(7, false, 1);
    let refused = join(app, &systems.members, 3, 7).await.unwrap_err();
    assert!(matches!(refused, FamilyError::NotVerified(7)), "{refused}");
    let refused = join(app, &systems.members, 3, 9).await.unwrap_err();
    assert!(matches!(refused, FamilyError::Unknown(9)), "{refused}");
    let mut tx = app.begin().await?;
    let rows: i64 = sqlx::query_scalar("select count(*) from membership").fetch_one(&mut *tx).await?;
    tx.rollback().await;
    assert_eq!(rows, 0, "an attempt that was refused leaves nothing");
    Ok(())
}

#[tokio::test]
async fn a_reset_between_answer_and_joining_is_not_overlooked() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    let app = systems.family.app();
    let joining = Joining::begin(app, 3, 7).await?.expect("does not belong to it yet");
    // The member service has answered. Now the verification is reset, and that is delivered at once.
    systems.knows(7, false, 1);
    systems.announces_reset(7).await?;
    systems.family.run_until_idle().await?;
    let refused = joining.end(app, VERIFIED).await.unwrap_err();
    assert!(matches!(refused, FamilyError::Overtaken(7)), "{refused}");
    assert_eq!(systems.members_of(3).await?, [0; 0]);
    assert_eq!(systems.told().await?, [""; 0], "who has not joined does not leave");
    Ok(())
}

#[tokio::test]
async fn an_attempt_does_not_end_in_the_place_of_a_later_one() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    let app = systems.family.app();
    let first = Joining::begin(app, 3, 7).await?.expect("does not belong to it yet");
    systems.knows(7, false, 1);
    systems.announces_reset(7).await?;
    systems.family.run_until_idle().await?;
    let second = Joining::begin(app, 3, 7).await?.expect("does not belong to it yet");
    let refused = first.end(app, VERIFIED).await.unwrap_err();
    assert!(matches!(refused, FamilyError::Overtaken(7)), "{refused}");
    assert_eq!(systems.members_of(3).await?, [0; 0]);
    second.end(app, Some(Member { verified: true, verification: 2 })).await?;
    assert_eq!(systems.members_of(3).await?, [7]);
    Ok(())
}

#[tokio::test]
async fn nobody_joins_unasked_and_an_attempt_is_in_nobodys_way() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", nobody.local_addr()?);
    drop(nobody);
    let members = MemberService::new(&url)?;
    let error = join(systems.family.app(), &members, 3, 7).await.unwrap_err().to_string();
    assert!(error.starts_with("the member service does not answer: "), "{error}");
    assert_eq!(systems.members_of(3).await?, [0; 0], "an attempt is no membership");

    systems.joins(4, 7, 1).await?;
    assert_eq!(systems.members_of(4).await?, [7], "and is in nobody's way");
    Ok(())
}
