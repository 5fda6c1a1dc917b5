import type { Command } from 'commander';
import { registerDeploy } from './chaincode-deploy.js';
import { registerList } from './chaincode-list.js';
import { registerUpgrade } from './chaincode-upgrade.js';
import { registerPackage } from './chaincode-package.js';

/** `chaincode …`: any chaincode, on a running network. */
export function registerChaincode(program: Command): void {
  const chaincode = program
    .command('chaincode')
    .description('deploy chaincode of your own, and see what is there');
  registerDeploy(chaincode);
  registerUpgrade(chaincode);
  registerList(chaincode);
  registerPackage(chaincode);
}
