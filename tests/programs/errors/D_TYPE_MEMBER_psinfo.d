/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(curpsinfo->pr_nosuch); exit(0); }
