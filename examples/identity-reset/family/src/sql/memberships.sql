select member_no, verification from membership where joining is null order by member_no;
