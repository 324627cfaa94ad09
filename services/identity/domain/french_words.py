"""Words that French passwords are made of, and the words of this portal."""

WORDS = """
motdepasse motdepass mot de passe azerty azertyuiop qsdfghjklm wxcvbn bonjour bonsoir salut coucou merci
soleil lune etoile etoiles arcenciel papillon libellule coccinelle licorne dauphin chaton minou doudou
chouchou loulou nounours poussin lapin tigre lion panda loup chocolat caramel nutella vanille fraise
framboise cerise citron orange banane tomate carotte fromage camembert baguette croissant raclette amour
amoureux jetaime jtaime moncoeur monamour mamour cherie cheri coeur bisous calin bebe princesse prince ange
demon maman papa mamie papy famille enfants secret liberte egalite fraternite france francais paris
marseille lyon toulouse nice nantes montpellier strasbourg bordeaux lille rennes reims grenoble bretagne
normandie provence corse alsace lorraine auvergne champagne bourgogne savoie picardie football olympique psg
allezlesbleus zidane mbappe griezmann tintin asterix obelix goldorak pokemon naruto janvier fevrier mars
avril mai juin juillet aout septembre octobre novembre decembre lundi mardi mercredi jeudi vendredi samedi
dimanche printemps ete automne hiver vacances noel zero un deux trois quatre cinq six sept huit neuf dix
onze douze ordinateur internet maison voiture moto bateau jardin fleur rose tulipe marguerite musique
guitare piano travail bureau entreprise societe commerce magasin boutique client formation employeur salarie
comptable comptabilite administrateur directeur bienvenue identifiant connexion compte portail guichet opco
opcommerce lopcommerce adherent siren siret contribution contributions camille nicolas thomas julien
alexandre pierre antoine mathieu guillaume maxime romain sebastien jerome laurent olivier philippe
christophe stephane frederic patrick michel bernard jean jacques francois marie nathalie isabelle sylvie
catherine valerie sandrine stephanie celine aurelie emilie julie laura pauline manon chloe lea emma jade
louise alice sophie martine monique francoise christine
"""

FRENCH_WORDS = tuple(WORDS.split())
