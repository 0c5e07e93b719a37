//! What follows when the member system announces a reset.

use edafw::{DeadLetterCause, Failure};

use crate::member_system::Systems;

const JOINED: &str = "family.member-joined";
const LEFT: &str = "family.member-left";

#[tokio::test]
async fn the_member_leaves_and_others_stay() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    systems.joins(3, 7, 1).await?;
    systems.joins(3, 8, 1).await?;
    systems.knows(7, false, 1);
    systems.announces_reset(7).await?;
    let report = systems.family.run_until_idle().await?;
    assert_eq!(report.deliveries["leave_family"].handled, 1);
    assert_eq!(systems.members_of(3).await?, [8]);
    assert_eq!(systems.told().await?, [JOINED, JOINED, LEFT]);
    let event = &systems.family.events().await?[2].envelope;
    assert_eq!(event.data.get(), r#"{"family_no":3,"member_no":7,"reason":"identity-reset"}"#);
    Ok(())
}

#[tokio::test]
async fn who_belongs_to_no_family_is_no_matter() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    systems.knows(7, false, 1);
    systems.announces_reset(7).await?;
    let report = systems.family.run_until_idle().await?;
    assert_eq!((report.deliveries["leave_family"].handled, report.dead_letters.len()), (1, 0));
    assert_eq!(systems.told().await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn verified_again_before_the_event_came_the_member_leaves_all_the_same() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    systems.joins(3, 7, 1).await?;
    systems.knows(7, true, 2);
    systems.announces_reset(7).await?;
    systems.family.run_until_idle().await?;
    assert_eq!(systems.members_of(3).await?, [0; 0]);
    Ok(())
}

#[tokio::test]
async fn an_event_that_comes_late_does_not_end_a_later_membership() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    systems.announces_reset(7).await?;
    systems.joins(3, 7, 2).await?;
    systems.family.run_until_idle().await?;
    assert_eq!(systems.members_of(3).await?, [7]);
    assert_eq!(systems.told().await?, [JOINED]);
    Ok(())
}

#[tokio::test]
async fn a_member_service_in_trouble_is_asked_again() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    systems.joins(3, 7, 1).await?;
    systems.has_trouble();
    systems.announces_reset(7).await?;
    let report = systems.family.run().await?;
    assert_eq!((report.deliveries["leave_family"].retries, report.dead_letters.len()), (1, 0));
    assert_eq!(systems.members_of(3).await?, [7]);

    systems.knows(7, false, 1);
    let report = systems.family.run_until_idle().await?;
    assert_eq!(report.deliveries["leave_family"].handled, 1);
    assert_eq!(systems.members_of(3).await?, [0; 0]);
    Ok(())
}

#[tokio::test]
async fn a_member_that_nobody_knows_is_asked_for_once() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    systems.announces_reset(7).await?;
    let report = systems.family.run_until_idle().await?;
    let [letter] = &report.dead_letters[..] else { panic!("{:?}", report.dead_letters) };
    assert_eq!((letter.letter.cause, letter.letter.attempts), (DeadLetterCause::Permanent, 1));
    assert_eq!(systems.asked(), 1);
    Ok(())
}
