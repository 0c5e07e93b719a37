-- Only what began before: of two members on one device the one who came last stays, in whatever order the two
-- log-ins are delivered.
select session_no, member_no, device from session
where device = ?1 and session_no < ?2 and member_no <> ?3 and ended_by is null;
