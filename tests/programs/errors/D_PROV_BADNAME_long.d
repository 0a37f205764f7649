/*
 * @args: -xerrtags
 * @status: 1
 */
provider pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp {
	probe go(int);
};
BEGIN { exit(0); }
