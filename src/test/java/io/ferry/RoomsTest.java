package io.ferry;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.apache.commons.net.ftp.FTPClientConfig;
import org.apache.commons.net.ftp.FTPFile;

/** The rooms and what each may know: camel → transfer → {session, stream}. */
@AnalyzeClasses(packages = "io.ferry", importOptions = ImportOption.DoNotIncludeTests.class)
class RoomsTest {

    @ArchTest
    static final ArchRule rooms = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("main")
            .definedBy("io.ferry")
            .layer("cli")
            .definedBy("io.ferry.cli..")
            .layer("doctor")
            .definedBy("io.ferry.doctor..")
            .layer("demo")
            .definedBy("io.ferry.demo..")
            .layer("console")
            .definedBy("io.ferry.console..")
            .layer("camel")
            .definedBy("io.ferry.camel..")
            .layer("transfer")
            .definedBy("io.ferry.transfer..")
            .layer("session")
            .definedBy("io.ferry.session..")
            .layer("stream")
            .definedBy("io.ferry.stream..")
            .whereLayer("main")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("cli")
            .mayOnlyBeAccessedByLayers("main")
            .whereLayer("doctor")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("demo")
            .mayOnlyBeAccessedByLayers("main")
            .whereLayer("console")
            .mayOnlyBeAccessedByLayers("main", "cli", "doctor")
            .whereLayer("camel")
            .mayOnlyBeAccessedByLayers("main", "cli")
            .whereLayer("transfer")
            .mayOnlyBeAccessedByLayers("camel", "cli", "console", "main")
            .whereLayer("session")
            .mayOnlyBeAccessedByLayers("transfer", "camel", "cli", "doctor")
            .whereLayer("stream")
            .mayOnlyBeAccessedByLayers("transfer", "camel");

    @ArchTest
    static final ArchRule onlySessionKnowsCommonsNet = noClasses()
            .that()
            .resideOutsideOfPackage("io.ferry.session..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.commons.net..")
                    .and(not(type(FTPFile.class)))
                    .and(not(type(FTPFile[].class)))
                    .and(not(type(FTPClientConfig.class))));

    @ArchTest
    static final ArchRule engineKnowsNoCamel = noClasses()
            .that()
            .resideInAnyPackage("io.ferry.session..", "io.ferry.transfer..", "io.ferry.stream..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.camel.."));

    @ArchTest
    static final ArchRule transferKnowsNoCommonsNet = noClasses()
            .that()
            .resideInAPackage("io.ferry.transfer..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.commons.net.."));

    @ArchTest
    static final ArchRule streamKnowsOnlyTheJdk = noClasses()
            .that()
            .resideInAPackage("io.ferry.stream..")
            .should()
            .dependOnClassesThat(not(resideInAPackage("java.."))
                    .and(not(resideInAPackage("io.ferry.stream..")))
                    .and(not(resideInAPackage("org.jspecify.."))));
}
