import { hasDocker } from '../../cli/services/docker.ts';
import { findJava, requireMaven } from '../../cli/services/java.ts';
import { installDebianPackages } from './debian-packages.ts';

/** Installs Java and Maven where they are missing, and that can be done without asking anybody. */
export async function haveJava(): Promise<void> {
  try {
    await findJava();
    await requireMaven();
  } catch (error) {
    if (!(await installDebianPackages('openjdk-17-jre-headless', 'maven'))) throw error;
  }
}

/** The same, unless graph servers run in containers. */
export async function haveDockerOrJava(): Promise<void> {
  if (!(await hasDocker())) await haveJava();
}
