/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN /"text"/ { if (pid) exit(0); }
