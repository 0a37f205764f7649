/*
 * @args: -xerrtags
 * @status: 1
 */
provider test1 {
	probe go(int);
};
BEGIN { exit(0); }
