-- What must hold, as counts of what breaks it. The first does so at every moment, the others once everything is
-- delivered.
select
    (select count(*) from (
        select member_no from session join member using (member_no) where ended_by is null
        group by member_no having count(*) > log_in_limit)) as members_above_limit,
    (select count(*) from (
        select device from session where ended_by is null
        group by device having count(distinct member_no) > 1)) as shared_devices,
    (select count(*) from (
        select member_no, device, count(*) as log_ins from session group by member_no, device) begun
        full join device using (member_no, device)
        where begun.log_ins is not device.log_ins) as wrong_devices,
    (select abs((select count(*) from session where ended_by in ('limit', 'device'))
        - (select count(*) from notice))) as wrong_notices;
