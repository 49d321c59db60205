import { secretsContract } from '../contract/secrets.ts';

secretsContract();
