insert into device (member_no, device, log_ins) values (?1, ?2, 1)
on conflict (member_no, device) do update set log_ins = log_ins + 1;
